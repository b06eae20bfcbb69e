using System.Collections.Frozen;

namespace LlmObservability.Tags;

/// <summary>The first-class tag keys, and the queue wait that is told like one.</summary>
internal enum KnownTag
{
    None,
    User,
    Tenant,
    Session,
    Conversation,
    Episode,
    Route,
    Feature,
    Config,
    Variant,
    Environment,
    Service,
    ServiceVersion,
    QueueWait,
}

/// <summary>
/// Resolves a key, in any of its usual spellings, to a first-class tag. Case and the separators <c>_ - . / :</c> and
/// blank do not matter, so <c>userId</c>, <c>user_id</c> and <c>user.id</c> are one key.
/// </summary>
internal static class KnownTags
{
    public const int Count = (int)KnownTag.QueueWait + 1;

    private const int LongestAlias = 32;

    private static readonly FrozenDictionary<string, KnownTag> Aliases = Build();

    /// <summary>The tag's canonical key, as columns and attributes name it.</summary>
    public static string NameOf(KnownTag tag) => tag == KnownTag.ServiceVersion ? "service_version" : tag.ToString().ToLowerInvariant();

    /// <summary>A key in canonical form: the first-class tag that it means, or the key itself.</summary>
    public static string Canonical(string key) => Resolve(key) is var tag && tag != KnownTag.None ? NameOf(tag) : key.Trim();

    public static KnownTag Resolve(string key)
    {
        if (Aliases.TryGetValue(key, out var known))
        {
            return known;
        }

        Span<char> letters = stackalloc char[LongestAlias];
        var length = 0;
        foreach (var c in key)
        {
            if (c is '_' or '-' or '.' or '/' or ':' or ' ')
            {
                continue;
            }

            if (length == LongestAlias)
            {
                return KnownTag.None;
            }

            letters[length++] = char.ToLowerInvariant(c);
        }

        return Aliases.GetValueOrDefault(new string(letters[..length]));
    }

    private static FrozenDictionary<string, KnownTag> Build()
    {
        var aliases = new Dictionary<string, KnownTag>(StringComparer.Ordinal);
        // Everything that may hold a person's id goes to the user column: only that one is hashed.
        Add(KnownTag.User, "user", "userid", "username", "useremail", "usermail", "userlogin", "userslug", "userkey",
            "userhash", "useruuid", "userguid", "userfullname", "userprincipalname", "userpseudoid", "uid", "upn", "email",
            "enduser", "enduserid", "enduserpseudoid", "endusername", "enduseremail", "enduserscope", "llmuser",
            "llmuserid", "langfuseuserid", "genaiuserid", "appuserid", "usersub", "usersubject",
            "useridentifier", "userident", "xuserid", "enduseridentifier", "currentuser", "currentuserid");
        Add(KnownTag.Tenant, "tenant", "tenantid", "tenantslug", "tenantname", "tenantkey", "llmtenant");
        Add(KnownTag.Session, "session", "sessionid", "llmsession", "langfusesessionid");
        Add(KnownTag.Conversation, "conversation", "conversationid", "genaiconversationid", "thread", "threadid");
        Add(KnownTag.Episode, "episode", "episodeid");
        Add(KnownTag.Route, "route", "routeid", "routename", "httproute");
        Add(KnownTag.Feature, "feature", "featureid", "featurename", "featureslug");
        Add(KnownTag.Config, "config", "configid", "configname", "configuration", "configurationid");
        Add(KnownTag.Variant, "variant", "variantid", "variantname");
        Add(KnownTag.Environment, "environment", "env", "environmentname", "deploymentenvironment", "deploymentenvironmentname");
        Add(KnownTag.Service, "service", "serviceid", "servicename");
        Add(KnownTag.ServiceVersion, "serviceversion", "appversion");
        Add(KnownTag.QueueWait, QueueWaitKey);
        return aliases.ToFrozenDictionary(StringComparer.Ordinal);

        void Add(KnownTag tag, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                aliases.Add(name, tag);
            }
        }
    }

    /// <summary>The key under which <c>WithLlmQueueWait</c> tells the wait, in microseconds.</summary>
    public const string QueueWaitKey = "llmqueuewaitus";
}
