using System.Text;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Safetensors;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Safetensors;

public sealed class StoredTensorsTests
{
    [Fact]
    public void ReadInto_StoredFormats_ConvertsExactly()
    {
        using var folder = new TemporaryFolder();
        string header = """{"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[12,16]}}""";
        byte[] data = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2e-30f), .. BitConverter.GetBytes((Half)0.25), .. BitConverter.GetBytes((Half)(-3)), 0x80, 0x3f, 0x00, 0xc0];
        File.WriteAllBytes(folder["x.safetensors"], [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. data]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["x.safetensors"]);
        Assert.Equal([1.5, -2e-30f], Read(file, "f", 2));
        Assert.Equal([0.25, -3], Read(file, "h", 2));
        Assert.Equal([1, -2], Read(file, "b", 1, 2));
    }

    private static double[] Read(SafetensorsFile file, string name, params long[] shape)
    {
        using Tensor target = zeros(shape, ScalarType.Float64);
        file.ReadInto(file.Tensors[name], target);
        return [.. target.data<double>()];
    }
}
