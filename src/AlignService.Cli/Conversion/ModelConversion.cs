using AlignService.Cli.Conversion.Tokenizers;
using AlignService.Cli.Conversion.Weights;
using AlignService.HuggingFace.Inspection;
using AlignService.Text.Tokenization;

namespace AlignService.Cli.Conversion;

/// <summary>A directory in older formats (pytorch_model.bin, tokenizer.model, *.tiktoken) rewritten with safetensors and tokenizer.json, completely or not at all.</summary>
internal sealed class ModelConversion(string source, string target, TiktokenPattern? pattern)
{
    private static readonly string[] Companions = ["config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "LICENSE"];

    private readonly string _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));

    /// <exception cref="CheckpointException">There is nothing to convert, the target exists, or a file is refused.</exception>
    public async Task<ModelConversionResult> RunAsync(CancellationToken cancellationToken)
    {
        string partial = _target + ".partial";
        if (Path.Exists(_target) || Path.Exists(partial))
        {
            throw new CheckpointException($"{(Path.Exists(_target) ? _target : partial)} already exists; name another directory, or remove it.");
        }

        string? vocabulary = CheckSource();
        Directory.CreateDirectory(partial);
        try
        {
            ModelConversionResult result = await WriteAsync(partial, vocabulary, cancellationToken);
            Directory.Move(partial, _target);
            return result;
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    private bool HasSafetensors => Directory.EnumerateFiles(source, "*.safetensors").Any();

    private bool HasTokenizerJson => File.Exists(Path.Combine(source, "tokenizer.json"));

    /// <returns>The vocabulary to convert, if there is one.</returns>
    private string? CheckSource()
    {
        if (!File.Exists(Path.Combine(source, "config.json")))
        {
            throw new CheckpointException($"{source} is not a model directory: it has no config.json.");
        }

        if (!HasSafetensors && !TorchCheckpoint.IsIn(source))
        {
            throw new CheckpointException($"{source} has no weights: neither safetensors nor {TorchCheckpoint.SingleFile} nor {TorchCheckpoint.IndexFile}.");
        }

        string? vocabulary = HasTokenizerJson ? null : TokenizerConverter.Find(source);
        return !HasSafetensors || vocabulary is not null
            ? vocabulary
            : throw new CheckpointException($"There is nothing to convert in {source}: its weights are safetensors, and it has {(HasTokenizerJson ? "a tokenizer.json" : "no vocabulary (tokenizer.model, *.tiktoken)")}.");
    }

    private async Task<ModelConversionResult> WriteAsync(string partial, string? vocabulary, CancellationToken cancellationToken)
    {
        // The vocabulary first: it is quick, and may be refused.
        ConvertedTokenizer? tokenizer = vocabulary is null ? null : TokenizerConverter.Convert(vocabulary, pattern);
        CopyCompanions(partial);
        if (tokenizer is not null)
        {
            Write(Path.Combine(partial, "tokenizer.json"), TokenizerConverter.Write(tokenizer));
        }

        IReadOnlyList<TokenizerDifference> differences = tokenizer is null ? [] : TokenizerComparison.Differences(Tokenizer.Load(partial), tokenizer.Reference);
        ConvertedWeights? weights = HasSafetensors ? null : await WeightProcess.ConvertAsync(source, partial, cancellationToken);
        ModelReport report = ModelInspector.Inspect(partial);
        return report.IsUsable
            ? new ModelConversionResult(_target, weights, tokenizer, differences, [.. (tokenizer?.Notes ?? []).Concat(report.Findings.Select(finding => finding.Message))])
            : throw new CheckpointException($"The converted model could not be used, so it was deleted: {string.Join(" ", report.Findings.Where(finding => finding.IsFault).Select(finding => finding.Message))}");
    }

    private void CopyCompanions(string partial)
    {
        IEnumerable<string> files = Companions.Select(name => Path.Combine(source, name)).Where(File.Exists)
            .Concat(Directory.EnumerateFiles(source, "chat_template.*"))
            .Concat(HasTokenizerJson ? [Path.Combine(source, "tokenizer.json")] : [])
            .Concat(HasSafetensors ? Directory.EnumerateFiles(source, "*.safetensors").Concat(Directory.EnumerateFiles(source, "*.safetensors.index.json")) : []);
        foreach (string file in files)
        {
            using FileStream from = File.OpenRead(file), to = New(Path.Combine(partial, Path.GetFileName(file)));
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        using FileStream stream = New(path);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static FileStream New(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
}

/// <summary>What a conversion did.</summary>
/// <param name="Directory">The new directory.</param>
/// <param name="Weights">null: they already were safetensors.</param>
/// <param name="Tokenizer">null: there already was a tokenizer.json, or no vocabulary.</param>
/// <param name="Differences">Samples that the new tokenizer.json encodes differently from Microsoft.ML.Tokenizers with the original.</param>
/// <param name="Notes">What the files left open and how it was resolved, and what is unusual about the result.</param>
internal sealed record ModelConversionResult(
    string Directory, ConvertedWeights? Weights, ConvertedTokenizer? Tokenizer, IReadOnlyList<TokenizerDifference> Differences, IReadOnlyList<string> Notes);
