namespace LlmObservability.Calls;

/// <summary>
/// From a response object to its call, for the whole process: a response does not know its observer. Nothing is written
/// into the response itself, where a serialising cache would keep a stale id.
/// </summary>
internal static class LlmCallLookup
{
    private static readonly WeakCalls Calls = new();

    public static void Attach(object response, LlmCall call) => Calls.Set(response, call);

    public static LlmCall? Find(object response) => Calls.Find(response);
}
