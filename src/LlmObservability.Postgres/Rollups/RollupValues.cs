using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmObservability.Postgres;

/// <summary>
/// Which values have sums of their own: users, and those of the tags that the application allows. Of each field the first so
/// many of a UTC day, so that a tag with a new value for each call cannot make the sums as many as the calls. Thread-safe.
/// </summary>
internal sealed class RollupValues
{
    private const string UserField = "user";
    private const string TagPrefix = "tag.";

    private readonly int _most;
    private readonly Dictionary<(DateOnly Day, string Field), HashSet<string>> _seen = [];
    private readonly object _gate = new();
    private volatile (string Field, string Key)[] _tags = [];

    public RollupValues(IEnumerable<string> tags, int most)
    {
        _most = most;
        Sum(tags);
    }

    /// <summary>The fields of all tags that any process sums.</summary>
    public static string NotedSql(PostgresNames names) => $"SELECT field FROM {names.Of("rollup_tags")}";

    /// <summary>The tags of a process and of all others: whoever corrects sums, or makes them anew, has them all.</summary>
    public static IEnumerable<string> WithNoted(IEnumerable<string> own, IEnumerable<string> noted) =>
        own.Concat(noted.Where(field => field.StartsWith(TagPrefix, StringComparison.Ordinal)).Select(field => field[TagPrefix.Length..]));

    /// <summary>Sums the values of these tags from now on, and of no others.</summary>
    public void Sum(IEnumerable<string> tags) => _tags = [.. tags.Distinct(StringComparer.Ordinal).Select(key => (TagPrefix + key, key))];

    /// <summary>The names of the tags' fields, as a JSON array.</summary>
    public static string FieldsOf(IEnumerable<string> tags)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var key in tags)
            {
                json.WriteStringValue(StorableText.Clean(TagPrefix + key));
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Adds a call under each of its values.</summary>
    public void Add(ValueSums sums, LlmCall call)
    {
        foreach (var (field, value) in Of(call))
        {
            sums.Add(call, field, value);
        }
    }

    /// <summary>What changes with a call's cost, under each of its values.</summary>
    public void Reprice(ValueSums sums, LlmCall call, LlmCost? before, LlmCost? after)
    {
        foreach (var (field, value) in Of(call))
        {
            sums.Reprice(call, field, value, before, after);
        }
    }

    private IEnumerable<(string Field, string? Value)> Of(LlmCall call)
    {
        if (call.Tags.User is { } user)
        {
            yield return (UserField, Admit(call, UserField, user));
        }

        foreach (var (field, key) in _tags)
        {
            if (call.Tags.TryGetCustom(key, out var value))
            {
                yield return (field, Admit(call, field, value));
            }
        }
    }

    private string? Admit(LlmCall call, string field, string value)
    {
        // By the form that is stored: a value that comes back from the store is the same one.
        value = StorableText.Clean(value);
        var key = (DateOnly.FromDateTime(call.StartedAt.UtcDateTime), field);
        lock (_gate)
        {
            if (!_seen.TryGetValue(key, out var seen))
            {
                Forget();
                _seen.Add(key, seen = new HashSet<string>(StringComparer.Ordinal));
            }

            return seen.Contains(value) || (seen.Count < _most && seen.Add(value)) ? value : null;
        }
    }

    /// <summary>Late calls may be of any day; their values are remembered for a while, those of the oldest day the shortest.</summary>
    private void Forget()
    {
        const int Days = 4;
        if (_seen.Count >= Days * (_tags.Length + 1))
        {
            _seen.Remove(_seen.Keys.MinBy(key => key.Day));
        }
    }
}
