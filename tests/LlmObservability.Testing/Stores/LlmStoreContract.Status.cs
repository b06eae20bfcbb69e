using LlmObservability.Queries;

namespace LlmObservability.Testing.Stores;

/// <content>What a store tells of itself.</content>
public abstract partial class LlmStoreContract
{
    /// <summary>The word for this kind of store.</summary>
    protected abstract string Kind { get; }

    [Fact]
    public async Task An_empty_store_has_no_oldest_and_no_newest_call()
    {
        var (_, store) = await EmptyAsync();
        var status = await StatusAsync(store);

        status.Store.ShouldBe(Kind);
        (status.OldestCallAt, status.NewestCallAt).ShouldBe((null, null));
        status.Tables.Select(table => table.Name).ShouldBeUnique();
        Calls(status).Rows.ShouldBe(0);
    }

    [Fact]
    public async Task The_status_has_the_oldest_and_newest_call_and_the_sizes_add_up()
    {
        var (_, store, calls) = await FilledAsync(300);
        var status = await StatusAsync(store);

        status.OldestCallAt.ShouldBe(calls.Min(call => call.StartedAt));
        status.NewestCallAt.ShouldBe(calls.Max(call => call.StartedAt));
        if (status.SizeBytes is { } size)
        {
            size.ShouldBeGreaterThan(0);
            size.ShouldBe(status.Tables.Sum(table => table.SizeBytes ?? 0));
        }

        // An estimate where the store keeps no count.
        (Calls(status).Rows ?? 300).ShouldBeInRange(0, 300);
        Calls(status).Partitions.GetValueOrDefault(1).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Asking_for_the_status_can_be_cancelled()
    {
        var (_, store) = await EmptyAsync();
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await ((ILlmStoreStatus)store).GetStatusAsync(new CancellationToken(canceled: true)));
    }

    private static ValueTask<LlmStoreStatus> StatusAsync(ILlmStore store) => store.ShouldBeAssignableTo<ILlmStoreStatus>().ShouldNotBeNull().GetStatusAsync(Cancel);

    private static LlmStoreTable Calls(LlmStoreStatus status) => status.Tables.Single(table => table.Name == "calls");
}
