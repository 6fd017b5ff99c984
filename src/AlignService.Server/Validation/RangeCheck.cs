using System.Globalization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the numbers of one message of a spec.</summary>
/// <param name="faults">Takes what is out of bounds.</param>
/// <param name="path">Path of the message.</param>
internal sealed class RangeCheck(FaultList faults, string path)
{
    public void Add(string field, string description) => faults.Add($"{path}.{field}", description);

    public void Warn(string field, string description) => faults.Warn($"{path}.{field}", description);

    /// <summary>Smallest allowed value; <paramref name="why"/> is added where the bound is not plain.</summary>
    public void AtLeast(string field, double? value, double smallest, string? why = null)
    {
        if (value is { } given && !(double.IsFinite(given) && given >= smallest))
        {
            Add(field, why is null ? $"it is {Text(given)}; it must be at least {Text(smallest)}." : $"it is {Text(given)}; {why}, so it must be at least {Text(smallest)}.");
        }
    }

    public void Positive(string field, double? value)
    {
        if (value is { } given && !(double.IsFinite(given) && given > 0))
        {
            Add(field, $"it is {Text(given)}; it must be above 0.");
        }
    }

    public void Finite(string field, double value)
    {
        if (!double.IsFinite(value))
        {
            Add(field, $"it is {Text(value)}; it must be a finite number.");
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
