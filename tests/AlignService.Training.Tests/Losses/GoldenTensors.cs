using AlignService.Testing;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

/// <summary>From golden lists to tensors and back.</summary>
internal static class GoldenTensors
{
    public static Tensor Matrix(GoldenJson json, string key, ScalarType dtype)
    {
        double[][] rows = json.Matrix(key);
        return tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length], dtype: dtype);
    }

    public static Tensor Vector(double[] values, ScalarType dtype) => tensor(values, dtype: dtype);

    public static double[] Values(this Tensor tensor) => tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();

    public static double Value(this Tensor tensor) => tensor.detach().to(ScalarType.Float64).item<double>();
}
