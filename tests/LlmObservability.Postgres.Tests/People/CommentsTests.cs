using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.People;

public sealed class CommentsTests(PostgresServer server) : PostgresDatabase(server)
{
    // A partition has the comments of its table.
    private const string Relations =
        "FROM pg_class c WHERE c.relnamespace = 'llm'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition";

    [Fact]
    public async Task No_table_view_or_column_is_without_a_comment()
    {
        await PreparedAsync();

        (await ScalarAsync<string>(
            "SELECT coalesce(string_agg(c.relname || '.' || a.attname, ', '), '') FROM pg_attribute a JOIN "
            + $"(SELECT c.oid, c.relname {Relations}) c ON c.oid = a.attrelid "
            + "WHERE a.attnum > 0 AND NOT a.attisdropped AND coalesce(col_description(c.oid, a.attnum), '') = ''"))
            .ShouldBe("");
        (await ScalarAsync<string>(
            $"SELECT coalesce(string_agg(c.relname, ', '), '') {Relations} AND c.relname NOT LIKE 'staging\\_%' AND coalesce(obj_description(c.oid), '') = ''"))
            .ShouldBe("");
        (await ScalarAsync<long>($"SELECT count(*) {Relations} AND c.relkind = 'v'")).ShouldBe(5);
    }
}
