namespace PriceCalculator;

/// <summary>What <c>--help</c> prints.</summary>
internal static class UsageText
{
    public const string Text = """
        Prices LLM calls from the catalog that comes with the library, to the nano-dollar, and explains the cost.

          dotnet run -c Release --project samples/PriceCalculator -- --model M [options]
          dotnet run -c Release --project samples/PriceCalculator -- --cases FILE
          dotnet run -c Release --project samples/PriceCalculator -- --update FILE [--at DATE] [--out PATH] [--dry-run]

          --provider P           The provider, by any of its names. Default: inferred from the model's name.
          --model M              The model that answered. Required.
          --input N              Input tokens in all, those below among them. Default of each count: 0.
          --cache-read N           read from a cache
          --cache-write N          written to a cache; default: as many as --cache-write-1h
          --cache-write-1h N         of these, for an hour
          --audio-input N          audio
          --image-input N          images
          --video-input N          video
          --audio-cache-read N     audio read from a cache: part of both counts
          --image-cache-read N     images read from a cache: part of both counts
          --output N             Output tokens in all, those below among them.
          --reasoning N            reasoning
          --citation N             citations
          --audio-output N         audio
          --image-output N         images
          --video-output N         video
          --web-searches N       Web searches that the provider made.
          --service-tier T       batch, flex or priority; anything else is the standard tier.
          --geo G                Where the call is served, such as us.
          --speed S              The speed that is bought, such as fast.
          --at TIME              ISO 8601, UTC unless it says otherwise. Default: now.

          --cases FILE           Prices every case of a JSON file (schema llm-price-cases/1); prints each mismatch with its
                                 id, expected and got, then: N matched, N failed.
          --update FILE          Brings the project's catalog up to FILE: LiteLLM's model_prices_and_context_window.json, or the
                                 data.json of genai-prices. One line for each model that was added, removed, moved (prices),
                                 matched (names) or noted (dates), and for each entry that was skipped, with the reason, which
                                 leaves the catalog's as it was; then the counts, matched and noted among the moved. A file
                                 replaces all entries of its own source and none of the other's: it must be the whole list.
          --out PATH             The catalog is written to PATH instead.
          --dry-run              Nothing is written.
          --at DATE              With --update, the date of the file's facts. Default: today.

          --help                 This text.

        Exit code: 0 priced, all matched or up to date, 1 the cost is not known or a case failed, 2 wrong arguments or file.
        """;
}
