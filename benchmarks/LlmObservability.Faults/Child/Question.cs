using Microsoft.Extensions.AI;

namespace LlmObservability.Faults.Child;

/// <summary>A message that knows which call it belongs to.</summary>
internal sealed class Question(int producer, int number) : ChatMessage(ChatRole.User, "Hi")
{
    public int Producer => producer;

    public int Number => number;
}
