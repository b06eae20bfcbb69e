namespace LlmObservability.Postgres;

/// <summary>The tables and views that scripts speak of, and SQL about many of them at once.</summary>
internal static class PostgresRelations
{
    /// <summary>Calls and what belongs to them.</summary>
    public static readonly string[] Tables = ["calls", "attempts", "tool_calls", "amendments"];

    public static readonly string[] Views = ["calls_readable", "attempts_readable", "tool_calls_readable", "amendments_readable", "call_costs"];

    /// <summary>Sums by sets of dimensions, of which two have the tenant.</summary>
    public static readonly string[] Rollups = ["rollup_deltas", "rollup_minutes", "rollup_hours", "rollup_days"];

    /// <summary>Sums by the value of a tag or of a user, without the tenant.</summary>
    public static readonly string[] ValueRollups = ["rollup_value_deltas", "rollup_value_hours", "rollup_value_days"];

    /// <summary>Say since when rollups, and the sums by a tag, are whole; where a reader sees no row of them, it sums up the calls.</summary>
    public static readonly string[] RollupsSince = ["rollup_since", "rollup_tags"];

    /// <summary>What writing and upkeep keep beside the calls.</summary>
    public static readonly string[] Bookkeeping =
    [
        "ledger", "ledger_horizon", "rejected", "repricing_jobs", "rollup_periods", "staging_calls", "staging_attempts", "staging_tool_calls",
        "staging_amendments", "schema_migrations",
    ];

    /// <summary>Stands for a relation's name in what <see cref="ForThoseThere"/> is given; nobody gives a table such a name.</summary>
    public const char Here = '\u0001';

    /// <summary>Their qualified names, separated by commas.</summary>
    public static string List(string quotedSchema, params string[] names) => string.Join(", ", names.Select(name => quotedSchema + "." + name));

    /// <summary>Statements for each of them that is there: the schema may be of another version.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="names">Plain names of this library's own.</param>
    /// <param name="statements">Each with <see cref="Here"/> where the qualified name belongs.</param>
    public static string ForThoseThere(string schema, string[] names, params string[] statements) => ForThose("true", schema, names, statements);

    /// <summary>The same for those of which a condition holds, as SQL over the qualified name <c>relation</c>.</summary>
    public static string ForThose(string condition, string schema, string[] names, params string[] statements) => Block($"""
        DECLARE
          relation text;
        BEGIN
          FOR relation IN
            SELECT format('%I.%I', {Literal(schema)}::text, name) FROM unnest(ARRAY[{string.Join(", ", names.Select(Literal))}]) AS name
          LOOP
            IF to_regclass(relation) IS NOT NULL AND {condition} THEN
              {string.Join("\n      ", statements.Select(statement => $"EXECUTE {Expression(statement)};"))}
            END IF;
          END LOOP;
        END
        """);

    private static string Expression(string statement) => string.Join(" || relation || ", statement.Split(Here).Select(Literal));

    /// <summary>A text constant, whatever it holds and however the session reads backslashes.</summary>
    public static string Literal(string text)
    {
        var quoted = "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
        return text.Contains('\\', StringComparison.Ordinal) ? "E" + quoted.Replace("\\", "\\\\", StringComparison.Ordinal) : quoted;
    }

    /// <summary>An anonymous block, between quotes that no name in it can close.</summary>
    public static string Block(string body)
    {
        var tag = "$llm$";
        for (var i = 1; body.Contains(tag, StringComparison.Ordinal); i++)
        {
            tag = FormattableString.Invariant($"$llm{i}$");
        }

        return $"DO {tag}\n{body}\n{tag};";
    }
}
