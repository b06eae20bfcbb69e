using System.Text;
using System.Text.Json;
using PriceCalculator.Update.Catalog;
using PriceCalculator.Update.GenaiPrices;
using PriceCalculator.Update.LiteLlm;

namespace PriceCalculator.Update;

/// <summary>Reads an upstream file and tells which of the two formats it has.</summary>
internal static class SourceFile
{
    private static readonly string[] NoNumbers = ["NaN", "-Infinity", "Infinity"];

    /// <exception cref="CalculatorException">It cannot be read, is not JSON, or has neither format.</exception>
    public static Upstream Read(string path, CatalogDocument catalog)
    {
        try
        {
            using var document = JsonDocument.Parse(QuoteNoNumbers(File.ReadAllText(path)));
            var root = document.RootElement;
            var upstream = GenaiPricesReader.Recognises(root) ? GenaiPricesReader.Read(root)
                : LiteLlmReader.Recognises(root) ? LiteLlmReader.Read(root, catalog)
                : throw new CalculatorException($"{path} is neither LiteLLM's list of prices nor that of genai-prices.");
            return upstream.Models.Count + upstream.Beside.Count + upstream.Skipped.Count > 0
                ? upstream
                : throw new CalculatorException($"{path} holds no prices of models that the catalog could have.");
        }
        catch (JsonException exception)
        {
            throw new CalculatorException($"{path} is not JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new CalculatorException($"{path} holds a text that is not valid Unicode.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CalculatorException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    // Some writers of JSON put NaN and Infinity where a number is missing. As texts they spoil their own entry only.
    private static string QuoteNoNumbers(string text)
    {
        var result = new StringBuilder(text.Length);
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var word = quoted ? null : Array.Find(NoNumbers, w => string.CompareOrdinal(text, i, w, 0, w.Length) == 0);
            if (word is not null)
            {
                result.Append('"').Append(word).Append('"');
                i += word.Length - 1;
                continue;
            }

            result.Append(text[i]);
            if (quoted && text[i] == '\\' && i + 1 < text.Length)
            {
                result.Append(text[++i]);
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
        }

        return result.ToString();
    }
}
