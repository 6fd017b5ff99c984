namespace AlignService.HuggingFace.Architecture;

/// <summary>Llama 3.1's scaling: long wavelengths are stretched by the factor, short ones stay, those between are interpolated.</summary>
/// <param name="Factor">Stretch of the long wavelengths.</param>
/// <param name="LowFrequencyFactor">Wavelengths above OriginalLength / this are long.</param>
/// <param name="HighFrequencyFactor">Wavelengths below OriginalLength / this are short; larger than the low one.</param>
/// <param name="OriginalLength">Tokens of the first training.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalLength) : RopeScaling
{
    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength) => [.. frequencies.Select(ScaleOne)];

    private double ScaleOne(double frequency)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalLength / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalLength / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        double smooth = ((OriginalLength / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return frequency * (((1 - smooth) / Factor) + smooth);
    }
}
