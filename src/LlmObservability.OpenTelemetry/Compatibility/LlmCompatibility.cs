namespace LlmObservability;

/// <summary>Vocabularies beside the GenAI conventions in which spans can say of a call what a back end reads under names of its own.</summary>
[Flags]
public enum LlmCompatibility
{
    /// <summary>The GenAI conventions alone.</summary>
    None = 0,

    /// <summary>
    /// Langfuse: time of the first token, usage and cost by disjoint class, user, session, tags, environment, release
    /// (<c>langfuse.*</c>, <c>user.id</c>, <c>session.id</c>).
    /// </summary>
    Langfuse = 1,

    /// <summary>
    /// OpenInference, which Phoenix and Arize read: kind of span, model, token counts, cost, user, session, tags
    /// (<c>openinference.*</c>, <c>llm.*</c>, <c>embedding.*</c>, <c>tool.*</c>, <c>tag.tags</c>, <c>metadata</c>,
    /// <c>user.id</c>, <c>session.id</c>).
    /// </summary>
    OpenInference = 2,
}
