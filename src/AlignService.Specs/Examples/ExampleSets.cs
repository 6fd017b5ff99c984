using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Data;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Examples;

/// <summary>The data of a run on fixed examples, encoded for its model and held to a length: what is trained on and what is held out.</summary>
public sealed class ExampleSets
{
    private readonly List<string> _messages = [];
    private readonly LengthLimit _limit;

    /// <param name="modelDirectory">Of a whole model or of an adapter; its JSON files are read, no weight.</param>
    /// <param name="config">Says how long examples may be.</param>
    /// <exception cref="AlignService.AlignException">The directory cannot be used as a model.</exception>
    public ExampleSets(string modelDirectory, ExampleTrainingConfig config)
    {
        BaseDirectory = AdaptedModel.At(modelDirectory).BaseDirectory;
        Model = HuggingFaceDirectory.ReadConfig(BaseDirectory);
        Tokenizer = Tokenizer.Load(BaseDirectory);
        _limit = LengthLimit.Of(config, Model.MaxPositions);
    }

    /// <summary>The whole model: what the run begins with, or the base of the adapter that it begins with.</summary>
    public string BaseDirectory { get; }

    public TransformerConfig Model { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>What a user should know: examples that were left out.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Tokens of the longest sequence so far: what positions are planned for, so that no split of a batch changes them.</summary>
    public int Longest { get; private set; }

    /// <param name="rows">Of one source.</param>
    /// <param name="encode">From a row to token ids.</param>
    /// <param name="lengthOf">Tokens of what came out.</param>
    /// <exception cref="AlignService.AlignException">A row cannot be encoded, or is too long and may not be left out.</exception>
    public IReadOnlyList<T> Encode<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> encode, Func<T, int> lengthOf)
    {
        T[] encoded = [.. rows.Select(encode)];
        int[] lengths = [.. encoded.Select(lengthOf)];
        LengthCheck check = LengthCheck.Of(lengths, _limit);
        if (check.Fault is { } fault)
        {
            throw new DataException(fault);
        }

        if (check.Warning is { } warning)
        {
            _messages.Add(warning);
        }

        Longest = check.Fitting.Select(example => lengths[example]).Append(Longest).Max();
        return [.. check.Fitting.Select(example => encoded[example])];
    }
}
