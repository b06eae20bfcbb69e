namespace LlmObservability.Tags;

/// <summary>Tags in canonical form, with what was told beside them. Shared by all calls of a scope.</summary>
/// <param name="Resolver">Who resolved them: hashing and bounds are per observer.</param>
/// <param name="Tags">The canonical tags.</param>
/// <param name="QueueWait">The queue wait that was told, if any.</param>
internal sealed record ResolvedTags(object Resolver, LlmTags Tags, TimeSpan? QueueWait);
