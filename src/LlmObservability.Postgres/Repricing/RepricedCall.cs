using LlmObservability.Pricing;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>A call whose effective cost changes.</summary>
/// <param name="Call">The call as it is stored; its cost is the recorded one.</param>
/// <param name="Before">What counted until now; null when it was not known.</param>
/// <param name="After">What counts from now on.</param>
internal sealed record RepricedCall(LlmCall Call, LlmCost? Before, PricedCost After);

/// <summary>Told of repriced calls in the transaction that writes their amendments: where sums that hold their cost are corrected.</summary>
internal interface IRepricedDeltas
{
    /// <summary>Writes what makes up the differences, on this connection, whose transaction is open. Throwing undoes the batch.</summary>
    Task AddAsync(NpgsqlConnection connection, IReadOnlyList<RepricedCall> calls, CancellationToken cancellationToken);
}
