from sqlalchemy import create_engine

from sessionmodels import Settings, build_all, plan_all, status, top_users_by_avg_session_duration

engine = create_engine("duckdb:///events.duckdb")
result = build_all(engine)  # reads `tracks` in the connection's default schema, builds the relations beside it
result = build_all(engine, Settings(target_schema="analytics", idle_minutes=45))  # or: with other settings
result = build_all(engine, incremental=True, wait="10m")  # or: only what is new, once no other build is running

print(result)  # a table; a notebook displays `result` as one
print(status(engine))  # the last builds, and how fresh each relation is
print(plan_all(engine))  # a dry run: every statement of the next build

with engine.connect() as connection:  # a ready-made analysis, as a select
    longest = connection.execute(top_users_by_avg_session_duration().limit(10)).all()
