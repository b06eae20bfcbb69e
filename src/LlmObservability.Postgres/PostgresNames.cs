using System.Text;

namespace LlmObservability.Postgres;

/// <summary>The schema's objects, qualified and quoted once.</summary>
internal sealed class PostgresNames
{
    public PostgresNames(string schema)
    {
        Schema = schema;
        QuotedSchema = Quote(schema);
        Calls = Of("calls");
        Attempts = Of("attempts");
        ToolCalls = Of("tool_calls");
        Amendments = Of("amendments");
        Rejected = Of("rejected");
    }

    public string Schema { get; }

    public string QuotedSchema { get; }

    public string Calls { get; }

    public string Attempts { get; }

    public string ToolCalls { get; }

    public string Amendments { get; }

    public string Rejected { get; }

    /// <summary>A plain name of this library's own, in the schema.</summary>
    public string Of(string name) => QuotedSchema + "." + name;

    /// <summary>An identifier as SQL wants it, whatever it holds.</summary>
    public static string Quote(string identifier) => "\"" + identifier.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static void ThrowIfInvalid(string? identifier, string parameter)
    {
        // PostgreSQL would cut a longer name silently, and reserves pg_ for itself.
        if (string.IsNullOrEmpty(identifier)
            || identifier.Contains('\0', StringComparison.Ordinal)
            || Encoding.UTF8.GetByteCount(identifier) > 63
            || identifier.StartsWith("pg_", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The {parameter} is an identifier of 1 to 63 bytes, without NUL, that does not begin with 'pg_'.",
                parameter);
        }
    }
}
