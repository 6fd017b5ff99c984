using System.Globalization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the numbers of one message of a spec.</summary>
/// <param name="faults">Takes what is out of bounds.</param>
/// <param name="path">Path of the message.</param>
internal sealed class RangeCheck(FaultList faults, string path)
{
    /// <summary>Beyond it the float32 of training overflows at the first product; no setting means so much.</summary>
    private const double Largest = 1e30;

    public void Add(string field, string description) => faults.Add($"{path}.{field}", description);

    public void Warn(string field, string description) => faults.Warn($"{path}.{field}", description);

    /// <summary>Smallest allowed value; <paramref name="why"/> is added where the bound is not plain.</summary>
    public void AtLeast(string field, double? value, double smallest, string? why = null)
    {
        if (value is { } given && !(given >= smallest && given <= Largest))
        {
            string bound = given > Largest ? $"at most {Text(Largest)}" : $"at least {Text(smallest)}";
            Add(field, why is null ? $"it is {Text(given)}; it must be {bound}." : $"it is {Text(given)}; {why}, so it must be {bound}.");
        }
    }

    public void Positive(string field, double? value)
    {
        if (value is { } given && !(given > 0 && given <= Largest))
        {
            Add(field, given > Largest ? $"it is {Text(given)}; it must be at most {Text(Largest)}." : $"it is {Text(given)}; it must be above 0.");
        }
    }

    /// <summary>Any number of either sign that training can compute with.</summary>
    public void Finite(string field, double value)
    {
        if (!(Math.Abs(value) <= Largest))
        {
            Add(field, $"it is {Text(value)}; it must be a finite number in [{Text(-Largest)}, {Text(Largest)}].");
        }
    }

    /// <summary>0 or less.</summary>
    public void AtMostZero(string field, double value)
    {
        if (!(value <= 0 && value >= -Largest))
        {
            Add(field, $"it is {Text(value)}; it must lie in [{Text(-Largest)}, 0].");
        }
    }

    /// <summary>Bounds with both ends allowed.</summary>
    public void Within(string field, double value, double smallest, double largest)
    {
        if (!(value >= smallest && value <= largest))
        {
            Add(field, $"it is {Text(value)}; it must lie in [{Text(smallest)}, {Text(largest)}].");
        }
    }

    /// <summary>In (0, largest].</summary>
    public void PositiveUpTo(string field, double? value, double largest)
    {
        if (value is { } given && !(given > 0 && given <= largest))
        {
            Add(field, $"it is {Text(given)}; it must lie in (0, {Text(largest)}].");
        }
    }

    /// <summary>In [0, 1).</summary>
    public void BelowOne(string field, double value)
    {
        if (!(value >= 0 && value < 1))
        {
            Add(field, $"it is {Text(value)}; it must lie in [0, 1).");
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
