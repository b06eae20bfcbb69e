namespace LlmObservability.Postgres.Tests.People;

/// <summary>The SQL of docs/queries.md by the heading above it.</summary>
internal static class ExampleQueries
{
    public static IReadOnlyDictionary<string, string> All { get; } = Read();

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> queries = [];
        var (title, sql) = ("", (List<string>?)null);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Docs", "queries.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                title = line[3..];
            }
            else if (line == "```sql")
            {
                sql = [];
            }
            else if (line == "```" && sql is not null)
            {
                queries.Add(title, string.Join('\n', sql));
                sql = null;
            }
            else
            {
                sql?.Add(line);
            }
        }

        return queries;
    }
}
