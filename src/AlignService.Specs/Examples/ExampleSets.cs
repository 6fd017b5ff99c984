using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Examples;

/// <summary>The data of a run on fixed examples, encoded for its model and limited in length: training and held-out data.</summary>
public sealed class ExampleSets
{
    private readonly List<string> _messages = [];
    private readonly LengthLimit _limit;

    /// <param name="modelDirectory">Of a whole model or of an adapter; only its JSON files are read.</param>
    /// <param name="config">Has the length limit.</param>
    /// <exception cref="AlignService.AlignException">The directory cannot be used as a model.</exception>
    public ExampleSets(string modelDirectory, ExampleTrainingConfig config)
    {
        BaseDirectory = AdaptedModel.At(modelDirectory).BaseDirectory;
        Model = HuggingFaceDirectory.ReadConfig(BaseDirectory);
        Tokenizer = Tokenizer.Load(BaseDirectory);
        _limit = LengthLimit.Of(config, Model.MaxPositions);
    }

    /// <summary>The full model that the run starts from, or the base of its start adapter.</summary>
    public string BaseDirectory { get; }

    public TransformerConfig Model { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Messages for the user: examples that were left out.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Tokens of the longest sequence so far: the planned length of positions, so no split of a batch changes them.</summary>
    public int Longest { get; private set; }

    /// <param name="rows">The rows of one source.</param>
    /// <param name="encode">Encodes a row.</param>
    /// <param name="lengthOf">Number of tokens of an encoded row.</param>
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
