using System.Globalization;

namespace AlignService.Specs.Binding;

/// <summary>The interval that a number must be in, each end open or closed.</summary>
/// <param name="Low">The lower end; negative infinity: none.</param>
/// <param name="High">The upper end; positive infinity: none.</param>
/// <param name="LowOpen">The lower end itself is not allowed.</param>
/// <param name="HighOpen">The upper end itself is not allowed.</param>
/// <param name="Why">The reason, as a clause.</param>
internal readonly record struct Bounds(double Low, double High, bool LowOpen, bool HighOpen, string Why)
{
    /// <summary>Beyond it training in float32 overflows at the first product; no setting needs larger values.</summary>
    public const double Largest = 1e30;

    public static Bounds Of(SettingAttribute setting) => new(
        double.IsNaN(setting.Above) ? double.IsNaN(setting.Min) ? double.NegativeInfinity : setting.Min : setting.Above,
        double.IsNaN(setting.Below) ? double.IsNaN(setting.Max) ? double.PositiveInfinity : setting.Max : setting.Below,
        !double.IsNaN(setting.Above),
        !double.IsNaN(setting.Below),
        setting.Why);

    /// <summary>What is wrong with a value; null where it is in bounds.</summary>
    public string? FindFault(double value)
    {
        bool holds = (LowOpen ? value > Low : value >= Low) && (HighOpen ? value < High : value <= High) && Math.Abs(value) <= Largest;
        if (holds)
        {
            return null;
        }

        string why = Why.Length == 0 ? "it" : $"{Why}, so it";
        return $"it is {Text(value)}; {why} must {Describe(value)}.";
    }

    /// <summary>In mathematical notation: [0, 1), (0, 2].</summary>
    public string Interval => $"{(LowOpen ? '(' : '[')}{(HasLow ? Text(Low) : Text(-Largest))}, {(HasHigh ? Text(High) : Text(Largest))}{(HighOpen ? ')' : ']')}";

    public bool HasLow => !double.IsNegativeInfinity(Low);

    public bool HasHigh => !double.IsPositiveInfinity(High);

    private string Describe(double value) => (HasLow, HasHigh) switch
    {
        (true, false) when value > Largest => $"be at most {Text(Largest)}",
        (true, false) => LowOpen ? $"be above {Text(Low)}" : $"be at least {Text(Low)}",
        (false, false) => $"be a finite number in {Interval}",
        _ => $"be in {Interval}",
    };

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
