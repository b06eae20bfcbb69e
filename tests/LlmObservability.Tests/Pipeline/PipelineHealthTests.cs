using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmObservability.Tests.Pipeline;

public sealed class PipelineHealthTests
{
    private static readonly TimeSpan Window = new LlmPipelineHealthOptions().DropWindow;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline_that_works_is_healthy_with_figures_by_sink()
    {
        await using var rig = new PipelineRig();
        await rig.CallAndFlushAsync();
        var health = await rig.HealthAsync();
        health.Status.ShouldBe(HealthStatus.Healthy);
        health.Description.ShouldBe("Recorded calls reach every sink that is switched on.");
        health.Data.ShouldBe(new Dictionary<string, object>
        {
            ["calls_lost"] = 0L,
            ["recording.state"] = "Working",
            ["recording.queued"] = 0L,
            ["recording.queued_bytes"] = 0L,
            ["recording.oldest_age_seconds"] = 0.0,
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task A_sink_that_fails_for_now_is_degraded_until_it_works()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new LlmSinkException("The database does not answer."));
        var since = rig.Time.GetUtcNow();
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        var health = await rig.HealthAsync();
        health.Status.ShouldBe(HealthStatus.Degraded);
        health.Description.ShouldBe("Sink 'recording' fails, its records wait and are retried: The database does not answer.");
        health.Data["recording.failing_since"].ShouldBe(since);
        (rig.Statistics.State, rig.Statistics.FailingSince, rig.Statistics.Failure).ShouldBe((LlmSinkState.Retrying, since, "The database does not answer."));

        await rig.RecoverAsync();
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
        (rig.Statistics.FailingSince, rig.Statistics.Failure).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_foreign_exceptions_message_is_told_nowhere()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new IOException("Password=secret"));
        var health = await rig.HealthAsync();
        health.Description!.ShouldContain("System.IO.IOException");
        (health.Description + string.Join(';', health.Data.Values) + string.Join(';', rig.Log.Entries)).ShouldNotContain("secret");
        health.Exception.ShouldBeNull();
        await rig.RecoverAsync();
    }

    [Theory]
    [InlineData(8, HealthStatus.Healthy)]
    [InlineData(9, HealthStatus.Degraded)]
    public async Task A_queue_above_four_fifths_is_degraded(int waiting, HealthStatus expected)
    {
        await using var rig = new PipelineRig(o => o.Pipeline.MaxQueueItems = 10);
        await rig.BlockAsync();
        await rig.CallAsync(waiting);
        var health = await rig.HealthAsync();
        health.Status.ShouldBe(expected);
        if (expected == HealthStatus.Degraded)
        {
            health.Description.ShouldBe("The queue of sink 'recording' is 90 % full.");
            health.Data["recording.queued"].ShouldBe(9L);
        }
    }

    [Fact]
    public async Task A_queue_full_of_bytes_is_degraded_too()
    {
        await using var rig = new PipelineRig(o =>
        {
            o.Pipeline.MaxQueueBytes = 64 * 1024;
            o.Tags.MaxValueLength = 4096;
        });
        await rig.BlockAsync();
        using (LlmScope.Begin(("big", new string('x', 4096))))
        {
            await rig.CallAsync(6);
        }

        rig.Statistics.QueueFullness.ShouldBeInRange(0.8, 1);
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Degraded);
    }

    [Fact]
    public async Task A_record_that_waits_too_long_is_degraded()
    {
        await using var rig = new PipelineRig(health: new LlmPipelineHealthOptions { MaxAge = TimeSpan.FromSeconds(30) });
        await rig.BlockAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        var health = await rig.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Degraded, "The oldest record of sink 'recording' waits for 31 s."));
        health.Data["recording.oldest_age_seconds"].ShouldBe(31.0);
        rig.Unblock();
        await rig.FlushAsync();
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_full_queue_is_unhealthy_then_degraded_for_the_window_then_forgotten()
    {
        await using var rig = new PipelineRig(o => o.Pipeline.MaxQueueItems = 10);
        await rig.BlockAsync();
        await rig.CallAsync(13);
        var dropped = rig.Time.GetUtcNow();
        var health = await rig.HealthAsync();
        health.Status.ShouldBe(HealthStatus.Unhealthy);
        health.Description.ShouldBe("Sink 'recording' is too slow, its queue is full and records are dropped.");
        health.Data["recording.dropped.queue_full"].ShouldBe(3L);
        rig.Statistics.LastDropAt.ShouldBe(dropped);

        // Quiet, yet full.
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        rig.Unblock();
        await rig.FlushAsync();
        health = await rig.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Degraded, "Sink 'recording' dropped records a short time ago."));
        rig.Time.Advance(dropped + Window - rig.Time.GetUtcNow());
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
        rig.Statistics.Dropped[LlmDropReason.QueueFull].ShouldBe(3);
    }

    [Fact]
    public async Task A_queue_that_was_full_just_now_is_unhealthy_until_it_stays_quiet()
    {
        await using var rig = new PipelineRig(o => o.Pipeline.MaxQueueItems = 10);
        await rig.BlockAsync();
        await rig.CallAsync(11);
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        rig.Unblock();
        await rig.FlushAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(9));
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Degraded);
    }

    [Fact]
    public async Task A_sink_that_gave_up_is_unhealthy_until_a_write_succeeds()
    {
        await using var rig = new PipelineRig();
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Permanent, "The schema is newer."));
        await rig.CallAndFlushAsync();
        rig.Time.Advance(Window * 2);
        var health = await rig.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Unhealthy, "Sink 'recording' gave up, so its records are dropped: The schema is newer."));

        // A failure of another kind does not bring it back.
        await rig.FailOnceAsync(new LlmSinkException("away"));
        rig.Statistics.State.ShouldBe(LlmSinkState.GaveUp);
        await rig.RecoverAsync();
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_stopped_pipeline_is_unhealthy_unless_observation_is_off()
    {
        await using var rig = new PipelineRig();
        await rig.Observer.StopAsync(Token);
        var health = await rig.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Unhealthy, "The pipeline to sink 'recording' has stopped."));
        rig.Observer.Enabled = false;
        health = await rig.HealthAsync();
        (health.Status, health.Description).ShouldBe((HealthStatus.Healthy, "Observation is switched off."));
    }

    [Fact]
    public async Task What_a_sinks_settings_leave_no_place_for_does_not_count()
    {
        await using var rig = new PipelineRig();
        rig.Sink.Answer = batch => new LlmWriteResult(0, 0, [new LlmRejection(batch.FirstSequence, LlmDropReason.Unsupported, "No place.")]);
        await rig.CallAndFlushAsync();
        await rig.CallAndFlushAsync();
        var health = await rig.HealthAsync();
        (health.Status, health.Data["recording.dropped.unsupported"]).ShouldBe((HealthStatus.Healthy, 2L));
        rig.Statistics.LastDropAt.ShouldBeNull();
        rig.Sink.Answer = batch => new LlmWriteResult(0, 0, [new LlmRejection(batch.FirstSequence, LlmDropReason.OutsideWindow)]);
        await rig.CallAndFlushAsync();
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Degraded);
    }

    [Fact]
    public async Task A_sink_that_is_switched_off_does_not_count_nor_do_its_drops()
    {
        await using var rig = new PipelineRig();
        await rig.FailOnceAsync(new LlmSinkException("away"));
        rig.Observer.SetSinkEnabled("recording", enabled: false);
        await rig.FlushAsync();
        var health = await rig.HealthAsync();
        health.Status.ShouldBe(HealthStatus.Healthy);
        (health.Data["recording.state"], health.Data["recording.dropped.sink_disabled"]).ShouldBe(("SwitchedOff", 1L));
        rig.Sink.BeforeWrite = (_, _) => Task.CompletedTask;
        rig.Observer.SetSinkEnabled("recording", enabled: true);
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_refused_record_and_a_lost_call_degrade_for_the_window()
    {
        await using var rig = new PipelineRig();
        rig.FailWith(new LlmSinkException(LlmSinkFailure.Poison, "no"));
        await rig.CallAndFlushAsync();
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Degraded);
        rig.Time.Advance(Window);
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);

        rig.Observer.CallLost(new InvalidOperationException("secret"));
        var health = await rig.HealthAsync();
        (health.Status, health.Description, health.Data["calls_lost"]).ShouldBe((HealthStatus.Degraded, "The recorder itself lost calls a short time ago.", 1L));
        rig.Time.Advance(Window);
        (await rig.StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Several_findings_are_one_sentence_with_the_worst_first()
    {
        var (slow, broken, fine) = (new RecordingSink("slow"), new RecordingSink("broken"), new RecordingSink("fine"));
        broken.BeforeWrite = (_, _) => throw new LlmSinkException(LlmSinkFailure.Permanent, "Gone.");
        slow.BeforeWrite = (_, _) => throw new LlmSinkException("Away.");
        await using var observer = LlmObserver.Create([slow, broken, fine], new LlmObservabilityOptions { Pipeline = { ShutdownTimeout = TimeSpan.Zero } });
        using var client = new ScriptedChatClient().WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await Eventually.Is(() => observer.GetStatistics().Sinks.Count(sink => sink.Failure is not null) == 2, "two sinks failed");
        var health = await new LlmPipelineHealthCheck(observer).CheckHealthAsync(new HealthCheckContext(), Token);
        health.Status.ShouldBe(HealthStatus.Unhealthy);
        health.Description.ShouldBe("Sink 'broken' gave up, so its records are dropped: Gone; sink 'slow' fails, its records wait and are retried: Away.");
    }

    [Theory]
    [InlineData(HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Degraded)]
    [InlineData(HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Healthy)]
    [InlineData(null, HealthStatus.Unhealthy, HealthStatus.Degraded)]
    public async Task The_registrations_failure_status_stands_in_for_unhealthy(HealthStatus? failureStatus, HealthStatus whenStopped, HealthStatus whenLost)
    {
        await using var rig = new PipelineRig();
        var check = new LlmPipelineHealthCheck(rig.Observer);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("llm", check, failureStatus, null) };
        rig.Observer.CallLost(new InvalidOperationException());
        (await check.CheckHealthAsync(context, Token)).Status.ShouldBe(whenLost);
        await rig.Observer.StopAsync(Token);
        (await check.CheckHealthAsync(context, Token)).Status.ShouldBe(whenStopped);
    }

    [Fact]
    public async Task A_cancelled_check_is_cancelled()
    {
        await using var rig = new PipelineRig();
        var check = new LlmPipelineHealthCheck(rig.Observer).CheckHealthAsync(new HealthCheckContext(), new CancellationToken(canceled: true));
        check.IsCanceled.ShouldBeTrue();
    }

    [Fact]
    public async Task It_is_registered_by_name_with_tags_and_bounds_from_configuration_then_code()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["LlmObservability:Health:MaxAge"] = "00:00:07",
            ["LlmObservability:Health:DropWindow"] = "00:00:08",
        }).Build());
        services.AddLlmObservability();
        services.AddHealthChecks()
            .AddLlmObservability(tags: ["ready"], configure: o => o.DropWindow = TimeSpan.Zero)
            .AddLlmObservability("second", HealthStatus.Degraded);
        await using var provider = services.BuildServiceProvider();
        var bounds = provider.GetRequiredService<IOptions<LlmPipelineHealthOptions>>().Value;
        (bounds.MaxAge, bounds.DropWindow).ShouldBe((TimeSpan.FromSeconds(7), TimeSpan.Zero));
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        report.Status.ShouldBe(HealthStatus.Healthy);
        report.Entries.Keys.ShouldBe(["llm_observability", "second"], ignoreOrder: true);
        report.Entries["llm_observability"].Tags.ShouldBe(["ready"]);
        report.Entries["llm_observability"].Data.Keys.ShouldContain("memory.queued");
    }

    [Theory]
    [InlineData("MaxAge", "00:00:00.5")]
    [InlineData("DropWindow", "2.00:00:00")]
    public async Task A_bound_out_of_its_range_fails_the_start_with_a_sentence_that_names_it(string key, string value)
    {
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["LlmObservability:Health:" + key] = value });
        host.Services.AddLlmObservability();
        host.Services.AddHealthChecks().AddLlmObservability();
        using var app = host.Build();
        var error = await Should.ThrowAsync<OptionsValidationException>(() => app.StartAsync(Token));
        error.Failures.ShouldHaveSingleItem().ShouldStartWith($"Set LlmObservability:Health:{key} to a value from");
    }

    [Fact]
    public void Bounds_given_by_hand_are_validated_too()
    {
        using var observer = LlmObserver.Create([]);
        Should.Throw<OptionsValidationException>(() => new LlmPipelineHealthCheck(observer, new LlmPipelineHealthOptions { MaxAge = TimeSpan.Zero }));
    }

    [Fact]
    public async Task Without_the_line_at_start_up_it_says_what_to_do()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddHealthChecks().AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        var registration = provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single();
        Should.Throw<InvalidOperationException>(() => registration.Factory(provider)).Message.ShouldContain("services.AddLlmObservability()");
    }
}
