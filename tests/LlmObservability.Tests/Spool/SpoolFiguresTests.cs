using LlmObservability.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmObservability.Tests.Spool;

/// <summary>How an operator sees the spool.</summary>
public sealed class SpoolFiguresTests
{
    private const string Prefix = "llm_observability.pipeline.";
    private const string Tag = "{llm_observability.sink=gated}";

    [Fact]
    public async Task The_meter_has_what_waits_on_disk_and_for_how_long()
    {
        var time = new ManualTimeProvider();
        await using var rig = new SpoolRig(time: time).Start();
        using var meter = new MeterReader(rig.Observer.PipelineMeter);
        meter.Observe()[$"{Prefix}spool.records{Tag}"].ShouldBe(0);
        rig.Cut();
        await rig.CallAsync(10);
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.Spool.Records == 10;
            },
            "they are on disk");
        time.Advance(TimeSpan.FromMinutes(3));
        var series = meter.Observe();
        series[$"{Prefix}spool.records{Tag}"].ShouldBe(10);
        series[$"{Prefix}spool.logged{Tag}"].ShouldBe(10);
        series[$"{Prefix}spool.read_back{Tag}"].ShouldBe(0);
        series[$"{Prefix}spool.put_aside{Tag}"].ShouldBe(0);
        series[$"{Prefix}spool.quarantined{Tag}"].ShouldBe(0);
        series[$"{Prefix}spool.bytes{Tag}"].ShouldBeGreaterThan(10 * 200);
        series[$"{Prefix}spool.lag{Tag}"].ShouldBeInRange(180, 200);
        series[$"{Prefix}oldest.age{Tag}"].ShouldBeInRange(180, 200);
    }

    [Fact]
    public async Task A_sink_without_a_spool_has_no_series_of_one()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.Memory);
        using var meter = new MeterReader(rig.Observer.PipelineMeter);
        rig.Statistics.Spool.ShouldBeNull();
        meter.Observe().Keys.ShouldNotContain(name => name.StartsWith($"{Prefix}spool.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_spool_that_cannot_be_used_is_degraded_until_it_can()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAhead);
        var health = new LlmPipelineHealthCheck(rig.Observer);
        await rig.CallAsync(1);
        await rig.FlushAsync();
        (await CheckAsync(health)).Status.ShouldBe(HealthStatus.Healthy);
        rig.Files.IsReadOnly = true;
        await rig.CallAsync(1);
        await Eventually.Is(() => rig.Spool.Failure is not null, "the failure shows");
        var degraded = await CheckAsync(health);
        degraded.Status.ShouldBe(HealthStatus.Degraded);
        degraded.Description.ShouldBe("The spool of sink 'gated' cannot be used, so its records wait in memory alone: Read-only file system.");
        degraded.Data["gated.spool_quarantined"].ShouldBe(0);
        rig.Files.IsReadOnly = false;
        await Eventually.Is(() => rig.Spool.Failure is null, "it works again");
        (await CheckAsync(health)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_spool_that_fills_up_is_degraded()
    {
        await using var rig = new SpoolRig(o => o.MaxSpoolBytes = 1024 * 1024).Start();
        var health = new LlmPipelineHealthCheck(rig.Observer, new LlmPipelineHealthOptions { MaxAge = TimeSpan.FromHours(1) });
        rig.Cut();
        for (var i = 0; i < 200 && rig.Spool.Fullness < 0.85; i++)
        {
            await rig.CallAsync(50);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0 || rig.Spool.Failure is not null, "the queue went to disk");
        }

        rig.Reach();
        rig.Gate.BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token);
        await Eventually.Is(() => rig.Statistics.Failure is null || rig.Spool.Fullness > 0.85, "the spool is nearly full");
        rig.Spool.Fullness.ShouldBeInRange(0.8, 1.1);
        var described = (await CheckAsync(health)).Description.ShouldNotBeNull();
        (described.Contains("% full", StringComparison.Ordinal) || described.Contains("fails", StringComparison.Ordinal)).ShouldBeTrue(described);
    }

    [Theory]
    [InlineData(null, null, "Memory")]
    [InlineData("spool", null, "Spill")]
    [InlineData("spool", "WriteAhead", "WriteAhead")]
    [InlineData("spool", "Memory", "Memory")]
    public async Task A_directory_is_enough_to_spill(string? directory, string? durability, string expected)
    {
        var options = new LlmPipelineOptions { Directory = directory, Durability = durability is null ? null : Enum.Parse<LlmDurability>(durability) };
        await using var rig = new SpoolRig().Start(more: o => (o.Directory, o.Durability) = (options.Directory, options.Durability));
        (rig.Statistics.Spool?.Durability ?? LlmDurability.Memory).ToString().ShouldBe(expected);
    }

    [Fact]
    public void A_durability_that_needs_a_directory_says_so()
    {
        var options = new LlmObservabilityOptions { Pipeline = { Durability = LlmDurability.WriteAhead } };
        Should.Throw<Microsoft.Extensions.Options.OptionsValidationException>(() => LlmObserver.Create([], options)).Message
            .ShouldBe("Set LlmObservability:Pipeline:Directory to a folder for the spool, or Durability to Memory; WriteAhead needs one.");
    }

    private static Task<HealthCheckResult> CheckAsync(LlmPipelineHealthCheck health) =>
        health.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("llm", health, null, null) }, TestContext.Current.CancellationToken);
}
