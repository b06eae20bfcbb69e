using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>Replies made of a driver's bodies.</summary>
internal static class ClientDriverExtensions
{
    public static WireReply Reply(this IClientDriver driver, Answer answer, bool streamed)
    {
        if (!streamed)
        {
            return WireReply.Json(driver.Body(answer));
        }

        var events = driver.Events(answer);
        return WireReply.Events([.. events.Start, .. events.Rest]);
    }

    /// <summary>A streamed answer that waits after the first piece of its text, and then ends as told.</summary>
    public static WireReply Held(this IClientDriver driver, Answer answer, Task until, WireEnd end = WireEnd.Whole)
    {
        var events = driver.Events(answer);
        IEnumerable<string> rest = end == WireEnd.Whole ? events.Rest : [];
        return WireReply.Events([.. events.Start, WireStep.Wait(until), .. rest]) with { End = end };
    }
}
