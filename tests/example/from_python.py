from sqlalchemy import create_engine

from sessionmodels import Settings, build_all, engine_for, migrate, plan_all, status, top_users_by_avg_session_duration

engine = create_engine("duckdb:///events.duckdb")

result = build_all(engine)  # `tracks` in the connection's default schema, results beside it
result = build_all(
    engine,
    Settings(
        source_table="tracks",
        target_schema="analytics",
        table_prefix="dbt_",
        idle_minutes=30,
        flow_depth=5,
        event_counters={"cnt_signup": ["signup"]},
        deduplicate=True,
        compatibility="exact",
    ),
)
result = build_all(engine, select="+session_tracks")  # a part: session_tracks and what it needs
result = build_all(engine, incremental=True, wait="10m")  # continue from the last build; wait ten minutes for another to end
result = build_all(engine, replace_existing=True)  # once: also replace tables of these names that sessionmodels did not make


def show(done, total, step):  # called before each step; total is None where it is not known beforehand
    print(done, total, step.relation_name, step.action)


result = build_all(engine, watch=show)  # your own progress

print(result)  # a table; in a notebook `result` shows itself, as status(engine) and plan_all(engine) do
result["session_tracks"].rows  # each relation: name, table, kind, rows, seconds
result.mode, result.reason  # 'full', 'incremental', 'part', 'nothing' or 'audit', and why it was not incremental
result.source and result.source.left_out  # {'no_event_id': 0, 'no_id': 0, 'id_too_long': 0, 'unreadable_time': 0, 'time_out_of_range': 0, 'no_time': 0}
result.source and result.source.junk_ids  # {'user_id': {'undefined': 1234}}: ids that are words for none, with the events that have them
result.to_dict(), result.to_json()  # plain data, and the same as text

migrate(engine).views  # the relations that are kept as views, by the migrations that come with the package
status(engine)  # the last builds, how fresh each relation is, through which moment sessions are complete
planned = plan_all(engine)  # a dry run: each step with its relation, what it does, its sql and, on BigQuery, its bytes_read

with engine_for(Settings(url="duckdb:///events.duckdb")) as own:  # the engine of the settings, as the command has it
    status(own)

with engine.connect() as connection:  # the sample analysis, a select like any other
    longest = connection.execute(top_users_by_avg_session_duration().limit(10)).all()
