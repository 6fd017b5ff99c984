using AlignService.Training.Data;

namespace AlignService.Training.Examples;

/// <summary>The data of a run on fixed examples, encoded and held to a length: what is trained on and what is held out.</summary>
internal sealed class ExampleSets(LengthLimit limit)
{
    private readonly List<string> _messages = [];

    /// <summary>What a user should know: examples that were left out.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Tokens of the longest sequence so far: what positions are planned for, so that no split of a batch changes them.</summary>
    public int Longest { get; private set; }

    /// <param name="rows">Of one source.</param>
    /// <param name="encode">From a row to token ids.</param>
    /// <param name="lengthOf">Tokens of what came out.</param>
    /// <exception cref="AlignService.Model.AlignException">A row cannot be encoded, or is too long and may not be left out.</exception>
    public IReadOnlyList<T> Encode<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> encode, Func<T, int> lengthOf)
    {
        T[] encoded = [.. rows.Select(encode)];
        int[] lengths = [.. encoded.Select(lengthOf)];
        LengthCheck check = LengthCheck.Of(lengths, limit);
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
