namespace LlmObservability.Postgres;

/// <summary>The tables and views that scripts speak of, and SQL about many of them at once.</summary>
internal static class PostgresRelations
{
    /// <summary>Calls and what belongs to them.</summary>
    public static readonly string[] Tables = ["calls", "attempts", "tool_calls", "amendments"];

    public static readonly string[] Views = ["calls_readable", "attempts_readable", "tool_calls_readable", "amendments_readable", "call_costs"];

    /// <summary>Sums by sets of dimensions, of which one has the tenant.</summary>
    public static readonly string[] Rollups = ["rollup_deltas", "rollup_minutes", "rollup_hours", "rollup_days"];

    /// <summary>Sums by the value of a tag or of a user, without the tenant.</summary>
    public static readonly string[] ValueRollups = ["rollup_value_deltas", "rollup_value_hours", "rollup_value_days"];

    /// <summary>Their qualified names, separated by commas.</summary>
    public static string List(string quotedSchema, params string[] names) => string.Join(", ", names.Select(name => quotedSchema + "." + name));

    /// <summary>A statement for each of them that is there: the schema may be of an earlier version.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="names">Plain names of this library's own.</param>
    /// <param name="statement">For <c>format</c>: <c>%1$s</c> is the qualified name; any other percent sign is doubled here.</param>
    public static string ForThoseThere(string schema, string[] names, string statement)
    {
        var form = statement.Replace("%", "%%", StringComparison.Ordinal).Replace("%%1$s", "%1$s", StringComparison.Ordinal);
        return Block($"""
            DECLARE
              relation text;
            BEGIN
              FOREACH relation IN ARRAY ARRAY[{string.Join(", ", names.Select(Literal))}] LOOP
                IF to_regclass(format('%I.%I', {Literal(schema)}::text, relation)) IS NOT NULL THEN
                  EXECUTE format({Literal(form)}, format('%I.%I', {Literal(schema)}::text, relation));
                END IF;
              END LOOP;
            END
            """);
    }

    /// <summary>A text constant, whatever it holds and however the session reads backslashes.</summary>
    public static string Literal(string text)
    {
        var quoted = "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
        return text.Contains('\\', StringComparison.Ordinal) ? "E" + quoted.Replace("\\", "\\\\", StringComparison.Ordinal) : quoted;
    }

    /// <summary>An anonymous block, between quotes that no name in it can close.</summary>
    private static string Block(string body)
    {
        var tag = "$llm$";
        for (var i = 1; body.Contains(tag, StringComparison.Ordinal); i++)
        {
            tag = FormattableString.Invariant($"$llm{i}$");
        }

        return $"DO {tag}\n{body}\n{tag};";
    }
}
