namespace LlmObservability.Calls;

/// <summary>The notes of a call whose id somebody was told as it began.</summary>
internal sealed class ToldCallNotes(Guid callId) : CallNotes
{
    public override Guid? CallId => callId;
}
