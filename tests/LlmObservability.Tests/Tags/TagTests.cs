using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tags;

public sealed class TagTests
{
    private const string Key = "0123456789abcdef-key";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("user")]
    [InlineData("userId")]
    [InlineData("USER_ID")]
    [InlineData("user.id")]
    [InlineData("enduser.id")]
    [InlineData("userEmail")]
    [InlineData(" User-Id ")]
    public async Task A_user_id_in_any_spelling_is_hashed_and_never_kept(string key)
    {
        await using var observing = new Observing(o => o.UserIds.HashKey = Key);
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag(key, "jane@example.com"), Token);
        using (LlmScope.Begin((key, "jane@example.com")))
        {
            await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        }

        var calls = await observing.CallsAsync();
        foreach (var call in calls)
        {
            // HMAC-SHA256 of the id under the key, first 16 bytes.
            call.Tags.User.ShouldBe(ExpectedHash("jane@example.com"));
            call.Tags.Custom.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Without_a_key_user_ids_are_not_stored_and_counted_and_plain_ones_only_by_choice()
    {
        await using var without = new Observing();
        await without.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("userId", "jane"), Token);
        (await without.OnlyCallAsync()).Tags.ShouldBe(LlmTags.Empty);
        without.Observer.GetStatistics().Tags.UsersWithoutKey.ShouldBe(1);

        await using var plain = new Observing(o => o.UserIds.StorePlain = true);
        await plain.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("userId", "jane"), Token);
        (await plain.OnlyCallAsync()).Tags.User.ShouldBe("jane");
    }

    [Fact]
    public async Task Many_users_keep_their_own_hashes_with_a_small_cache()
    {
        await using var observing = new Observing(o =>
        {
            o.UserIds.HashKey = Key;
            o.UserIds.CacheSize = 4;
        });
        for (var round = 0; round < 2; round++)
        {
            for (var user = 0; user < 20; user++)
            {
                await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("user", $"user-{user}"), Token);
            }
        }

        (await observing.CallsAsync()).Select(call => call.Tags.User)
            .ShouldBe(Enumerable.Range(0, 40).Select(i => ExpectedHash($"user-{i % 20}")));
    }

    [Theory]
    [InlineData("tenantSlug", "Tenant")]
    [InlineData("session_id", "Session")]
    [InlineData("gen_ai.conversation.id", "Conversation")]
    [InlineData("episodeId", "Episode")]
    [InlineData("http.route", "Route")]
    [InlineData("featureName", "Feature")]
    [InlineData("config", "Config")]
    [InlineData("variant", "Variant")]
    [InlineData("deployment.environment.name", "Environment")]
    [InlineData("service.name", "Service")]
    [InlineData("service.version", "ServiceVersion")]
    public async Task First_class_keys_are_columns_and_not_own_tags(string key, string property)
    {
        await using var observing = new Observing();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag(key, "x").WithLlmTag("own", "y"), Token);
        var tags = (await observing.OnlyCallAsync()).Tags;
        typeof(LlmTags).GetProperty(property)!.GetValue(tags).ShouldBe("x");
        tags.Custom.ShouldBe([KeyValuePair.Create("own", "y")]);
    }

    [Fact]
    public async Task The_inner_scope_wins_the_call_wins_over_all_and_null_takes_away()
    {
        await using var observing = new Observing();
        using (LlmScope.Begin(("route", "outer"), ("tenant", "acme"), ("a", "outer"), ("b", "outer")))
        using (LlmScope.Begin(("routeName", "inner"), ("a", "inner"), ("b", null)))
        {
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("a", "call"), Token);
            await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        }

        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        var calls = await observing.CallsAsync();
        calls[0].Tags.ShouldBe(new LlmTags([KeyValuePair.Create("a", "call")]) { Route = "inner", Tenant = "acme" });
        calls[1].Tags.ShouldBe(new LlmTags([KeyValuePair.Create("a", "inner")]) { Route = "inner", Tenant = "acme" });
        calls[2].Tags.ShouldBe(LlmTags.Empty);
    }

    [Fact]
    public async Task Scopes_cross_awaits_and_parallel_branches_keep_their_own()
    {
        await using var observing = new Observing();
        using (LlmScope.Begin(("tenant", "acme")))
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            {
                using var scope = LlmScope.Begin(("branch", $"{i}"));
                await Task.Yield();
                await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
                scope.LastCall!.Tags.TryGetCustom("branch", out var branch).ShouldBeTrue();
                branch.ShouldBe($"{i}");
            }));
        }

        var calls = await observing.CallsAsync();
        calls.ShouldAllBe(call => call.Tags.Tenant == "acme");
        calls.Select(call => call.Tags.Custom.Single().Value).Order().ShouldBe(Enumerable.Range(0, 50).Select(i => $"{i}").Order());
    }

    [Fact]
    public async Task A_capture_holds_the_first_calls_of_its_scope()
    {
        await using var observing = new Observing();
        using var capture = LlmScope.Capture(maxCalls: 2);
        for (var i = 0; i < 3; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        }

        var calls = await observing.CallsAsync();
        capture.Calls.Select(call => call.Id).ShouldBe(calls.Take(2).Select(call => call.Id));
        capture.LastCall!.Id.ShouldBe(calls[2].Id);
    }

    [Fact]
    public async Task What_exceeds_the_bounds_is_cut_and_counted()
    {
        await using var observing = new Observing(o => o.Tags = new LlmTagOptions { MaxCount = 2, MaxKeyLength = 4, MaxValueLength = 3 });
        var options = new ChatOptions()
            .WithLlmTag("first", "12345").WithLlmTag("b", "ab\U0001F600").WithLlmTag("third", "x").WithLlmTag("route", "/long").WithLlmTag(" ", "x");
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);

        var tags = (await observing.OnlyCallAsync()).Tags;
        // What was said last counts first: the call's innermost word is the last to be dropped.
        tags.Custom.ShouldBe([KeyValuePair.Create("b", "ab"), KeyValuePair.Create("thir", "x")]);
        tags.Route.ShouldBe("/lo");
        var cuts = observing.Observer.GetStatistics().Tags;
        (cuts.DroppedByCount, cuts.CutKeys, cuts.CutValues, cuts.Invalid).ShouldBe((1, 2, 2, 1));
    }

    [Fact]
    public async Task A_key_that_its_bound_cuts_to_a_first_class_one_is_treated_as_that()
    {
        await using var observing = new Observing(o =>
        {
            o.UserIds.HashKey = Key;
            o.Tags.MaxKeyLength = 4;
        });
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("user-of-ours", "jane"), Token);
        var tags = (await observing.OnlyCallAsync()).Tags;
        tags.Custom.ShouldBeEmpty();
        tags.User.ShouldBe(ExpectedHash("jane"));
    }

    [Fact]
    public async Task Scopes_disposed_out_of_order_leave_none_in_force()
    {
        await using var observing = new Observing();
        var first = LlmScope.Begin(("tenant", "a"));
        var second = LlmScope.Begin(("route", "b"));
        first.Dispose();
        second.Dispose();
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        (await observing.OnlyCallAsync()).Tags.ShouldBe(LlmTags.Empty);
    }

    [Fact]
    public async Task Characters_that_no_store_takes_are_replaced()
    {
        await using var observing = new Observing();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("k", "a\0b\uD800c\U0001F600"), Token);
        (await observing.OnlyCallAsync()).Tags.Custom.Single().Value.ShouldBe("a\uFFFDb\uFFFDc\U0001F600");
    }

    [Fact]
    public async Task Options_cloned_after_tagging_do_not_share_later_tags()
    {
        await using var observing = new Observing();
        var first = new ChatOptions().WithLlmTag("a", "1");
        var second = first.Clone().WithLlmTag("a", "2");
        await observing.Client.GetResponseAsync(Observing.Hello, first, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, second, Token);
        (await observing.CallsAsync()).Select(call => call.Tags.Custom.Single().Value).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Tags_survive_options_that_went_through_json()
    {
        await using var observing = new Observing();
        var json = System.Text.Json.JsonSerializer.Serialize(new ChatOptions().WithLlmTag("a", "1"), AIJsonUtilities.DefaultOptions);
        var options = System.Text.Json.JsonSerializer.Deserialize<ChatOptions>(json, AIJsonUtilities.DefaultOptions);
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        (await observing.OnlyCallAsync()).Tags.Custom.Single().ShouldBe(KeyValuePair.Create("a", "1"));
    }

    [Fact]
    public async Task Queue_wait_is_recorded_where_it_is_told()
    {
        await using var observing = new Observing();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmQueueWait(TimeSpan.FromMilliseconds(12.5)), Token);
        var call = await observing.OnlyCallAsync();
        call.QueueWait.ShouldBe(TimeSpan.FromMilliseconds(12.5));
        call.Tags.ShouldBe(LlmTags.Empty);
    }

    private static string ExpectedHash(string user) => Convert.ToHexString(
        System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Key), System.Text.Encoding.UTF8.GetBytes(user)))[..32].ToLowerInvariant();
}
