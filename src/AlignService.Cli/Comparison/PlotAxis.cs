using System.Globalization;

namespace AlignService.Cli.Comparison;

/// <summary>Maps values to positions on an axis with round ticks.</summary>
internal sealed class PlotAxis
{
    private const int WantedTicks = 5;

    private readonly double _from, _to, _low, _high, _step;

    /// <param name="low">Smallest value.</param>
    /// <param name="high">Largest value.</param>
    /// <param name="from">Position of the axis's start.</param>
    /// <param name="to">Position of its end.</param>
    public PlotAxis(double low, double high, double from, double to)
    {
        (_from, _to) = (from, to);
        double span = high > low ? high - low : Math.Max(Math.Abs(low), 1) * 0.1;
        double rough = span / WantedTicks, size = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        _step = size * (rough / size) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        _low = Math.Floor(low / _step) * _step;
        _high = Math.Max(Math.Ceiling(high / _step) * _step, _low + _step);
    }

    public IEnumerable<double> Ticks => Enumerable.Range(0, (int)Math.Round((_high - _low) / _step) + 1).Select(i => _low + (i * _step));

    public double At(double value) => _from + ((value - _low) / (_high - _low) * (_to - _from));

    public string Format(double tick)
    {
        double value = Math.Abs(tick) < _step / 1e6 ? 0 : tick;
        return Math.Abs(_high) >= 1e5 ? (value / 1e3).ToString("#,0.#", CultureInfo.InvariantCulture) + "k" : Math.Round(value, 10).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
