using System.Net;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>What a simulated provider answers, and when.</summary>
internal sealed record SimulatedAnswer
{
    private const double FailureRate = 0.06;
    private const double UnmeasuredRate = 0.05;
    private const double CacheRate = 0.55;
    private const double ReasoningRate = 0.25;

    public required string Id { get; init; }

    public required string Model { get; init; }

    public required string Text { get; init; }

    public required TimeSpan FirstToken { get; init; }

    public required TimeSpan Rest { get; init; }

    public required UsageDetails? Usage { get; init; }

    public required ChatFinishReason FinishReason { get; init; }

    /// <summary>What it fails with instead; null for most.</summary>
    public required Exception? Failure { get; init; }

    public static SimulatedAnswer To(IEnumerable<ChatMessage> messages, string model, bool isJson)
    {
        var random = Random.Shared;
        var isLarge = !model.Contains("mini", StringComparison.Ordinal) && !model.Contains("haiku", StringComparison.Ordinal);
        var input = (long)(400 + messages.Sum(message => message.Text.Length) + (Spread(random) * 900));
        var output = (long)Math.Clamp(Spread(random) * (isLarge ? 260 : 160), 5, 900);
        var tokensPerSecond = (isLarge ? 70 : 140) * (0.7 + (random.NextDouble() * 0.6));
        return new SimulatedAnswer
        {
            Id = "sim_" + Guid.NewGuid().ToString("N")[..12],
            Model = model,
            Text = isJson ? (random.NextDouble() < 0.85 ? """{"topic":"returns","urgent":false}""" : """{"topic":7}""") : "A simulated answer. ",
            FirstToken = TimeSpan.FromMilliseconds(120 + (Spread(random) * (isLarge ? 380 : 190))),
            Rest = TimeSpan.FromSeconds(output / tokensPerSecond),
            Usage = random.NextDouble() < UnmeasuredRate ? null : UsageOf(random, input, output),
            FinishReason = output >= 900 ? ChatFinishReason.Length : ChatFinishReason.Stop,
            Failure = random.NextDouble() < FailureRate ? FailureOf(random) : null,
        };
    }

    private static Exception FailureOf(Random random) => random.Next(4) switch
    {
        0 => new HttpRequestException("The provider is broken.", null, HttpStatusCode.InternalServerError),
        1 => new TimeoutException("The provider took too long."),
        _ => new HttpRequestException("The provider is overloaded.", null, HttpStatusCode.TooManyRequests),
    };

    private static UsageDetails UsageOf(Random random, long input, long output) => new()
    {
        InputTokenCount = input,
        CachedInputTokenCount = random.NextDouble() < CacheRate ? input * 3 / 4 : 0,
        OutputTokenCount = output,
        ReasoningTokenCount = random.NextDouble() < ReasoningRate ? output / 3 : 0,
        TotalTokenCount = input + output,
    };

    /// <summary>A factor around 1 with a long tail to the right, as sizes and times of real calls have.</summary>
    private static double Spread(Random random) => Math.Exp((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 1.6);
}
