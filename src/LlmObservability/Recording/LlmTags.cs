using System.Diagnostics.CodeAnalysis;

namespace LlmObservability;

/// <summary>
/// The tags of one call in canonical form: the twelve first-class keys, which are columns, and the application's own.
/// Immutable and safe to share between calls and threads.
/// </summary>
/// <remarks>
/// This is the form after aliases were resolved, bounds applied and the user id hashed; applications give tags through
/// LlmScope or the extensions on <c>ChatOptions</c>.
/// </remarks>
public sealed class LlmTags : IEquatable<LlmTags>
{
    private readonly KeyValuePair<string, string>[] _custom;

    // Worked out once for the many calls that share the tags; a race only works it out twice.
    private int _estimatedBytes;

    /// <summary>Creates tags from first-class values (set by initialiser) and custom ones.</summary>
    /// <param name="custom">Own tags; sorted here by key (ordinal), the last of equal keys wins. First-class keys are not looked for.</param>
    public LlmTags(IEnumerable<KeyValuePair<string, string>>? custom = null)
    {
        _custom = custom is null ? [] : Sorted(custom);
    }

    /// <summary>No tags at all.</summary>
    public static LlmTags Empty { get; } = new();

    /// <summary>The user: an HMAC of the id, or the plain id where the application opted in. Never both.</summary>
    public string? User { get; init; }

    /// <summary>The tenant or customer.</summary>
    public string? Tenant { get; init; }

    /// <summary>The user's session.</summary>
    public string? Session { get; init; }

    /// <summary>The conversation or thread.</summary>
    public string? Conversation { get; init; }

    /// <summary>The episode: one task made of several calls.</summary>
    public string? Episode { get; init; }

    /// <summary>The route or endpoint that made the call.</summary>
    public string? Route { get; init; }

    /// <summary>The product feature.</summary>
    public string? Feature { get; init; }

    /// <summary>The prompt or model configuration.</summary>
    public string? Config { get; init; }

    /// <summary>The experiment's variant.</summary>
    public string? Variant { get; init; }

    /// <summary>The deployment environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The service that made the call.</summary>
    public string? Service { get; init; }

    /// <summary>The service's version.</summary>
    public string? ServiceVersion { get; init; }

    /// <summary>The application's own tags, sorted by key (ordinal); never a first-class key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Custom => _custom;

    /// <summary>The own tag of that key.</summary>
    public bool TryGetCustom(string key, [NotNullWhen(true)] out string? value)
    {
        foreach (var tag in _custom)
        {
            if (string.Equals(tag.Key, key, StringComparison.Ordinal))
            {
                value = tag.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Two bytes a character of all keys and values, for the queue's bound.</summary>
    internal int EstimatedBytes
    {
        get
        {
            if (_estimatedBytes == 0)
            {
                var characters = 32 + Length(User) + Length(Tenant) + Length(Session) + Length(Conversation)
                    + Length(Episode) + Length(Route) + Length(Feature) + Length(Config) + Length(Variant)
                    + Length(Environment) + Length(Service) + Length(ServiceVersion);
                foreach (var (key, value) in _custom)
                {
                    characters += key.Length + value.Length;
                }

                _estimatedBytes = 2 * characters;
            }

            return _estimatedBytes;

            static int Length(string? text) => text?.Length ?? 0;
        }
    }

    /// <inheritdoc />
    public bool Equals(LlmTags? other)
    {
        return ReferenceEquals(this, other) || (other is not null
            && User == other.User && Tenant == other.Tenant && Session == other.Session
            && Conversation == other.Conversation && Episode == other.Episode && Route == other.Route
            && Feature == other.Feature && Config == other.Config && Variant == other.Variant
            && Environment == other.Environment && Service == other.Service && ServiceVersion == other.ServiceVersion
            && _custom.AsSpan().SequenceEqual(other._custom));
    }

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as LlmTags);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(User, Tenant, Session, Conversation, Route, Feature, _custom.Length);

    private static KeyValuePair<string, string>[] Sorted(IEnumerable<KeyValuePair<string, string>> custom)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in custom)
        {
            sorted[key] = value;
        }

        return [.. sorted];
    }
}
