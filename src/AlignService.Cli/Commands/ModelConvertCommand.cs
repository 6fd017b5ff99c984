using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Conversion;
using AlignService.Cli.Conversion.Tokenizers;
using AlignService.Cli.Output;

namespace AlignService.Cli.Commands;

/// <summary>`align model convert`: safetensors and tokenizer.json from older formats.</summary>
internal sealed class ModelConvertCommand : Command, IExplainedCommand
{
    private const int ShownDifferences = 20;

    private readonly Argument<string> _source = new("DIR") { Description = "A model's directory with pytorch_model.bin (also in shards), tokenizer.model (SentencePiece, tiktoken) or NAME.tiktoken" };
    private readonly Option<string> _target = new("--to") { Description = "Output directory; must not exist yet", HelpName = "DIR", Required = true };
    private readonly Option<string?> _pattern = new("--tiktoken-pattern") { Description = $"How a tiktoken encoding splits words: {TiktokenPattern.Names} [default: by the file's name]", HelpName = "NAME" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the result as one JSON document" };

    public ModelConvertCommand()
        : base("convert", "Convert a model's older formats to safetensors and tokenizer.json; the only command that reads Python pickles, in a separate process, and only tensors from them")
    {
        Add(_source);
        foreach (var option in new Option[] { _target, _pattern, _json })
        {
            Add(option);
        }

        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align model convert models/old --to models/new",
        "align model convert models/coder --to models/coder-hf --tiktoken-pattern cl100k",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        TiktokenPattern? pattern = result.GetValue(_pattern) is { } name ? TiktokenPattern.Named(name) : null;
        ModelConversionResult converted = await new ModelConversion(result.GetRequiredValue(_source), result.GetRequiredValue(_target), pattern).RunAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(ToJson(converted));
        }
        else
        {
            WriteText(converted);
        }

        return ExitCode.Ok;
    }

    private static JsonObject ToJson(ModelConversionResult converted) => new()
    {
        ["directory"] = converted.Directory,
        ["weights"] = converted.Weights is not { } weights ? null : new JsonObject
        {
            ["tensors"] = weights.TensorCount,
            ["bytes"] = weights.ByteCount,
            ["left_out"] = Texts(weights.LeftOut),
        },
        ["tokenizer"] = converted.Tokenizer is not { } tokenizer ? null : new JsonObject
        {
            ["source"] = tokenizer.Source,
            ["tokens"] = tokenizer.ReferenceVocabulary.Count,
            ["samples"] = TokenizerComparison.Samples.Count,
            ["differences"] = new JsonArray([.. converted.Differences.Select(difference => (JsonNode)new JsonObject
            {
                ["text"] = difference.Text,
                ["ids"] = Ids(difference.Ids),
                ["reference_ids"] = Ids(difference.ReferenceIds),
            })]),
        },
        ["notes"] = Texts(converted.Notes),
    };

    private static void WriteText(ModelConversionResult converted)
    {
        Console.Out.WriteLine(converted.Directory);
        if (converted.Weights is { } weights)
        {
            string leftOut = weights.LeftOut.Count == 0 ? "" : $", without {string.Join(" and ", weights.LeftOut)}, which is the embedding";
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"weights: {weights.TensorCount} tensors, {weights.ByteCount:N0} bytes unchanged{leftOut}"));
        }

        if (converted.Tokenizer is { } tokenizer)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"tokenizer: {tokenizer.ReferenceVocabulary.Count} tokens of {tokenizer.Source}, each with the id that Microsoft.ML.Tokenizers reads; {converted.Differences.Count} of {TokenizerComparison.Samples.Count} sample texts differ"));
            foreach (TokenizerDifference difference in converted.Differences.Take(ShownDifferences))
            {
                Console.Out.WriteLine($"  {JsonValue.Create(difference.Text).ToJsonString()}: {string.Join(' ', difference.Ids)}; Microsoft.ML.Tokenizers {string.Join(' ', difference.ReferenceIds)}");
            }
        }

        foreach (string note in converted.Notes)
        {
            Console.Out.WriteLine($"note: {note}");
        }
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonArray Ids(IEnumerable<int> ids) => new([.. ids.Select(id => (JsonNode)id)]);
}
