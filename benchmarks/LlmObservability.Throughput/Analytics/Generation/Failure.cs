namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>How a call fails.</summary>
internal sealed record Failure(string ErrorType, int? HttpStatus)
{
    private static readonly Failure[] All =
    [
        new("System.ClientModel.ClientResultException", 429),
        new("System.ClientModel.ClientResultException", 500),
        new("System.Net.Http.HttpRequestException", 503),
        new("System.TimeoutException", null),
        new("System.IO.IOException", null),
    ];

    private static readonly Shares AllShares = Shares.Zipf(All.Length, 1);

    public static Failure Pick(SeededRandom random) => All[AllShares.Pick(random)];
}
