using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>What the golden tests of checkpoints share.</summary>
internal static class GoldenModel
{
    /// <summary>transformers itself in float32 is off by 3e-5.</summary>
    internal const double ValueTolerance = 1e-4;

    /// <summary>Of a gradient's norm; transformers itself is off by 4e-6 of it.</summary>
    internal const double GradientTolerance = 1e-4;

    /// <summary>Some gradients are zero.</summary>
    internal const double GradientFloor = 1e-6;

    /// <summary>Loads, or skips the case if its family is not built yet: the message must then name the family.</summary>
    internal static T LoadOrSkip<T>(Func<T> load)
    {
        try
        {
            return load();
        }
        catch (CheckpointException fault) when (fault.Message.Contains("is not supported yet", StringComparison.Ordinal))
        {
            Assert.StartsWith("model_type ", fault.Message, StringComparison.Ordinal);
            Assert.Skip(fault.Message);
            throw;
        }
    }

    internal static void CompareNorms(string caseName, string what, GoldenJson expected, IReadOnlyDictionary<string, double[]> gradients)
    {
        Assert.True(
            expected.Keys.ToHashSet().SetEquals(gradients.Keys),
            $"{caseName}: {what}, expected parameters {string.Join(' ', expected.Keys.Except(gradients.Keys))} and not {string.Join(' ', gradients.Keys.Except(expected.Keys))}");
        foreach (string name in expected.Keys)
        {
            double norm = expected.Double(name);
            GoldenAssert.Absolute(caseName, $"{what} {name}", norm, Norm(gradients[name]), (norm * GradientTolerance) + GradientFloor);
        }
    }

    internal static void CompareSamples(string caseName, GoldenJson expected, IReadOnlyDictionary<string, double[]> gradients)
    {
        foreach (string name in expected.Keys)
        {
            double[] sample = expected.Doubles(name);
            double tolerance = (Norm(gradients[name]) * GradientTolerance) + GradientFloor;
            GoldenAssert.Absolute(caseName, $"gradient sample {name}", sample, gradients[name][..sample.Length], tolerance);
        }
    }

    internal static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
