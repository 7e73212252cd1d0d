from sqlalchemy import create_engine

from sessionmodels import Settings, build_all, engine_for, migrate, plan_all, status, top_users_by_avg_session_duration

engine = create_engine("duckdb:///events.duckdb")

result = build_all(engine)  # reads `tracks` in the connection's default schema, builds the relations beside it
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
result = build_all(engine, select="+session_tracks")  # only session_tracks and what it needs
result = build_all(engine, incremental=True, wait="10m")  # only what is new, once no other build is running
result = build_all(engine, check=True)  # publishes only if no check fails; result.checks has what each check found
result = build_all(engine, replace_existing=True)  # overwrites tables that sessionmodels did not create: their rows are lost


def show(done, total, step):  # called before each step; total is None if it is not known beforehand
    print(done, total, step.relation_name, step.action)


result = build_all(engine, watch=show)  # reports progress to your own function

print(result)  # a table; a notebook displays it as one, and so status(engine) and plan_all(engine)
result["session_tracks"].rows  # each relation has name, table, kind, rows, seconds
result.mode, result.reason  # 'full', 'incremental', 'part', 'nothing', 'audit' or 'forget', and why it was not incremental
result.source and result.source.left_out  # {'ignored_event': 0, 'no_event_id': 0, 'no_id': 0, 'id_too_long': 0, 'unreadable_time': 0, 'time_out_of_range': 0, 'no_time': 0}
result.source and result.source.junk_ids  # {'user_id': {'undefined': 1234}}: ids such as 'null', and how many events have them
result.to_dict(), result.to_json()  # plain data, and the same data as a text

migrate(engine).views  # the views that the packaged migrations made
status(engine)  # the last builds, how fresh each relation is, until when sessions are complete
planned = plan_all(engine)  # a dry run: each step with its relation, action, sql and, on BigQuery, bytes_read

with engine_for(Settings(url="duckdb:///events.duckdb")) as own:  # the engine that the command would use for these settings
    status(own)

with engine.connect() as connection:  # the sample analysis, a select like any other
    longest = connection.execute(top_users_by_avg_session_duration().limit(10)).all()
