using System.Runtime.CompilerServices;

namespace LlmObservability.Chat;

/// <summary>
/// From a response object to its call. Weak on both sides of the application's view: an entry lives as long as the
/// response does, and nothing is written into the response itself, where a serialising cache would keep a stale id.
/// </summary>
internal static class LlmCallLookup
{
    private static readonly ConditionalWeakTable<object, LlmCall> Calls = [];

    public static void Attach(object response, LlmCall call) => Calls.AddOrUpdate(response, call);

    public static LlmCall? Find(object response) => Calls.TryGetValue(response, out var call) ? call : null;
}
