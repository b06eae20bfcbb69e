using System.Globalization;
using System.Runtime.CompilerServices;
using LlmObservability.Telemetry;

namespace LlmObservability.Tags;

/// <summary>
/// Turns what scopes and calls say into canonical tags: aliases, bounds, the user id's hash. One per observer;
/// thread-safe.
/// </summary>
internal sealed class TagResolver
{
    // A power of two. Options that carry tags are few objects used many times, or new ones each time.
    private const int RecentCount = 64;

    private readonly LlmTagOptions _bounds;
    private readonly UserIdHasher? _hasher;
    private readonly bool _plainUserIds;
    private readonly string?[] _defaults = new string?[KnownTags.Count];
    private readonly TagAttributes _attributes;
    private readonly ResolvedTags _withoutTags;
    private readonly RecentCallTags?[] _recent = new RecentCallTags?[RecentCount];

    public TagResolver(LlmObservabilityOptions options)
    {
        _attributes = new TagAttributes([.. options.Telemetry.MetricTags.Select(KnownTags.Canonical).Distinct(StringComparer.Ordinal)]);
        _bounds = options.Tags;
        _plainUserIds = options.UserIds.StorePlain;
        _hasher = options.UserIds.HashKey is { } key ? new UserIdHasher(key, options.UserIds.CacheSize) : null;
        _defaults[(int)KnownTag.Environment] = Bounded(options.Environment);
        _defaults[(int)KnownTag.Service] = Bounded(options.Service);
        _defaults[(int)KnownTag.ServiceVersion] = Bounded(options.ServiceVersion);
        _withoutTags = Resolve(scope: null, callTags: default);
    }

    public TagCuts Cuts { get; } = new();

    /// <summary>The metric attributes of calls that are not told apart.</summary>
    public MetricTags FoldedMetricTags => _attributes.Folded;

    public ResolvedTags For(LlmScope? scope, CallTags callTags)
    {
        var resolved = ForScope(scope);
        return callTags.Any ? ForCall(scope, resolved, callTags) : resolved;
    }

    private ResolvedTags ForScope(LlmScope? scope)
    {
        if (scope is null)
        {
            return _withoutTags;
        }

        var resolved = scope.CachedFor(this);
        if (resolved is null)
        {
            resolved = Resolve(scope, default);
            scope.Cache(resolved);
        }

        return resolved;
    }

    /// <summary>The entry on the options is replaced whenever a tag is added, so the same object under the same scope means the same tags.</summary>
    private ResolvedTags ForCall(LlmScope? scope, ResolvedTags outer, CallTags callTags)
    {
        ref var slot = ref _recent[RuntimeHelpers.GetHashCode(callTags.Value) & (RecentCount - 1)];
        var recent = Volatile.Read(ref slot);
        if (recent is not null && ReferenceEquals(recent.Value, callTags.Value) && ReferenceEquals(recent.Outer, outer))
        {
            return recent.Resolved;
        }

        var resolved = Resolve(scope, callTags);
        Volatile.Write(ref slot, new RecentCallTags(callTags.Value!, outer, resolved));
        return resolved;
    }

    private ResolvedTags Resolve(LlmScope? scope, CallTags callTags)
    {
        // What wins comes first, so that a full count drops the outermost.
        var merge = new Merge(this);
        callTags.CopyTo(ref merge);
        for (; scope is not null; scope = scope.Parent)
        {
            for (var i = scope.Entries.Length - 1; i >= 0; i--)
            {
                merge.Add(scope.Entries[i].Key, scope.Entries[i].Value);
            }
        }

        return merge.ToResolved();
    }

    private string? Bounded(string? value)
    {
        return string.IsNullOrEmpty(value) ? null : BoundedText.Clean(value, _bounds.MaxValueLength, out _, out _);
    }

    /// <summary>One merge of call tags and scopes; of one key the first entry wins, and a null or empty one takes the key away.</summary>
    internal struct Merge(TagResolver resolver)
    {
        private readonly string?[] _known = new string?[KnownTags.Count];
        private int _decided;
        private Dictionary<string, string?>? _custom;
        private int _customCount;

        public void Add(string? key, string? value)
        {
            if (string.IsNullOrWhiteSpace(key))
            {
                resolver.Cuts.Invalid();
                return;
            }

            var known = KnownTags.Resolve(key);
            if (known == KnownTag.None)
            {
                key = CleanKey(key.Trim());
                // Cut to its bound, it may have become a first-class key; a user id must not slip through that way.
                known = KnownTags.Resolve(key);
            }

            if (known == KnownTag.None)
            {
                AddCustom(key, value);
            }
            else if ((_decided & (1 << (int)known)) == 0)
            {
                _decided |= 1 << (int)known;
                _known[(int)known] = string.IsNullOrEmpty(value) ? null : Known(known, value);
            }
        }

        public ResolvedTags ToResolved()
        {
            var tags = new LlmTags(_custom?.Where(tag => tag.Value is not null)!)
            {
                User = Get(KnownTag.User),
                Tenant = Get(KnownTag.Tenant),
                Session = Get(KnownTag.Session),
                Conversation = Get(KnownTag.Conversation),
                Episode = Get(KnownTag.Episode),
                Route = Get(KnownTag.Route),
                Feature = Get(KnownTag.Feature),
                Config = Get(KnownTag.Config),
                Variant = Get(KnownTag.Variant),
                Environment = Get(KnownTag.Environment),
                Service = Get(KnownTag.Service),
                ServiceVersion = Get(KnownTag.ServiceVersion),
            };

            return new ResolvedTags(resolver, tags, QueueWait(), resolver._attributes.ForMetrics(tags));
        }

        private readonly string? Get(KnownTag tag) =>
            (_decided & (1 << (int)tag)) == 0 ? resolver._defaults[(int)tag] : _known[(int)tag];

        private readonly TimeSpan? QueueWait()
        {
            // TimeSpan holds about 9.2e12 ms; a wait above a year is a mistake of the caller's clock.
            return long.TryParse(Get(KnownTag.QueueWait), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
                && microseconds < 366L * 24 * 3600 * 1_000_000
                ? new TimeSpan(microseconds * TimeSpan.TicksPerMicrosecond)
                : null;
        }

        private readonly string? Known(KnownTag known, string value)
        {
            if (known != KnownTag.User || resolver._plainUserIds)
            {
                return CleanValue(value);
            }

            if (resolver._hasher is null)
            {
                resolver.Cuts.UserWithoutKey();
                return null;
            }

            // The whole id is hashed, however long: cutting it first would make two users one.
            return resolver._hasher.Hash(value);
        }

        private void AddCustom(string key, string? value)
        {
            _custom ??= new Dictionary<string, string?>(StringComparer.Ordinal);
            if (_custom.ContainsKey(key))
            {
                return;
            }

            if (string.IsNullOrEmpty(value))
            {
                _custom.Add(key, null);
            }
            else if (_customCount < resolver._bounds.MaxCount)
            {
                _custom.Add(key, CleanValue(value));
                _customCount++;
            }
            else
            {
                resolver.Cuts.Count();
            }
        }

        private readonly string CleanKey(string key)
        {
            key = BoundedText.Clean(key, resolver._bounds.MaxKeyLength, out var cut, out var replaced);
            if (cut)
            {
                resolver.Cuts.Key();
            }

            if (replaced)
            {
                resolver.Cuts.Invalid();
            }

            return key;
        }

        private readonly string CleanValue(string value)
        {
            value = BoundedText.Clean(value, resolver._bounds.MaxValueLength, out var cut, out var replaced);
            if (cut)
            {
                resolver.Cuts.Value();
            }

            if (replaced)
            {
                resolver.Cuts.Invalid();
            }

            return value;
        }
    }

    private sealed record RecentCallTags(object Value, ResolvedTags Outer, ResolvedTags Resolved);
}
