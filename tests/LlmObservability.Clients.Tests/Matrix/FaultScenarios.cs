using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>The table of faults.</summary>
internal static class FaultScenarios
{
    private const string Json = "System.Text.Json.JsonException";
    private const string JsonReader = "System.Text.Json.JsonReaderException";

    private static readonly Answer Text = new();

    public static IReadOnlyList<FaultScenario> All { get; } =
    [
        new("too many requests")
        {
            Replies = (driver, _) => [driver.Error(429)],
            Status = _ => 429,
        },
        new("too many requests for a stream")
        {
            Replies = (driver, _) => [driver.Error(429)],
            Status = _ => 429,
            Streamed = true,
        },
        new("an error of the server")
        {
            Replies = (driver, _) => [driver.Error(500)],
            Status = _ => 500,
        },
        new("an overloaded server")
        {
            Replies = (driver, _) => [driver.Error(driver.OverloadedStatus)],
            Status = driver => driver.OverloadedStatus,
        },
        new("an overloaded server for a stream")
        {
            Replies = (driver, _) => [driver.Error(driver.OverloadedStatus)],
            Status = driver => driver.OverloadedStatus,
            Streamed = true,
        },
        new("refused twice, then answered")
        {
            Replies = (driver, _) => [driver.Error(429), driver.Error(500), driver.Reply(Text, streamed: false)],
            Retries = 2,
            Requests = 3,
            Outcome = LlmOutcome.Completed,
        },
        new("refused twice, then streamed")
        {
            Replies = (driver, _) => [driver.Error(500), driver.Error(driver.OverloadedStatus), driver.Reply(Text, streamed: true)],
            Streamed = true,
            Retries = 2,
            Requests = 3,
            Outcome = LlmOutcome.Completed,
            FirstText = true,
        },
        new("refused more often than the client tries again")
        {
            Replies = (driver, _) => [driver.Error(500), driver.Error(driver.OverloadedStatus)],
            Retries = 2,
            Requests = 3,
            Status = driver => driver.OverloadedStatus,
        },
        new("a body that is no JSON")
        {
            Replies = (_, _) => [WireReply.Json("<html>a gateway's page</html>")],
            ErrorTypes = Types(anthropic: Json, openai: JsonReader),
        },
        new("a body that ends early, as if it were whole")
        {
            Replies = (driver, _) => [WireReply.Json(Half(driver))],
            ErrorTypes = Types(anthropic: Json, openai: JsonReader),
        },
        new("a connection closed in the middle of a body")
        {
            Replies = (driver, _) => [WireReply.Json(Half(driver)) with { End = WireEnd.Closed }],
            ErrorTypes = Types(anthropic: "System.Net.Http.HttpIOException", openai: "System.Net.Http.HttpIOException"),
        },
        new("a connection reset in the middle of a body")
        {
            Replies = (driver, _) => [WireReply.Json(Half(driver)) with { End = WireEnd.Reset }],
            ErrorTypes = Types(anthropic: "System.IO.IOException", openai: "System.IO.IOException"),
        },
        new("a connection closed in the middle of a stream")
        {
            Replies = (driver, firstText) => [driver.Held(Text, firstText, WireEnd.Closed)],
            Streamed = true,
            FirstText = true,
            ErrorTypes = Types(anthropic: "System.Net.Http.HttpIOException", openai: "System.Net.Http.HttpIOException"),
        },
        new("a connection reset in the middle of a stream")
        {
            Replies = (driver, firstText) => [driver.Held(Text, firstText, WireEnd.Reset)],
            Streamed = true,
            FirstText = true,
            ErrorTypes = Types(anthropic: "System.IO.IOException", openai: "System.IO.IOException"),
        },
        new("an event that is no JSON")
        {
            Replies = (driver, firstText) => [WireReply.Events(
                [.. driver.Events(Text).Start, WireStep.Wait(firstText), "event: content_block_delta\ndata: {\"type\":\"conte\n\n"])],
            Streamed = true,
            FirstText = true,
            ErrorTypes = Types(anthropic: "Anthropic.Exceptions.AnthropicInvalidDataException", openai: JsonReader),
        },
    ];

    private static string Half(IClientDriver driver)
    {
        var body = driver.Body(Text);
        return body[..(body.Length / 2)];
    }

    private static Dictionary<string, string> Types(string anthropic, string openai) =>
        new() { ["anthropic"] = anthropic, ["openai"] = openai };
}
