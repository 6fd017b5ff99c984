using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>The device that holds and runs the models of a run. A run has one.</summary>
/// <param name="Torch">As libtorch calls it.</param>
public sealed record ComputeDevice(Device Torch)
{
    private const string CpuName = "cpu";
    private const string CudaName = "cuda";

    public static ComputeDevice Cpu { get; } = new(CPU);

    /// <summary>The device of a name, after checking that it works: a worker that was given a GPU must not train on the CPU instead.</summary>
    /// <param name="name">cpu, cuda (the first that this process sees) or cuda:N.</param>
    /// <exception cref="DeviceException">The device does not exist or does not work.</exception>
    public static ComputeDevice Open(string name)
    {
        if (name == CpuName)
        {
            return Cpu;
        }

        int index = CudaIndex(name) ?? throw new DeviceException($"Unknown device \"{name}\"; known: {CpuName}, {CudaName} and {CudaName}:N.");
        if (!cuda.is_available())
        {
            throw new DeviceException(
                $"This worker was given the device {name}, but its libtorch has no working CUDA: the program was built without it (build with -p:TorchBackend=cuda), "
                + $"or the driver does not work (check with nvidia-smi). Nothing was trained; use --device {CpuName} to train on the CPU.");
        }

        int count = cuda.device_count();
        if (index >= count)
        {
            throw new DeviceException($"This worker was given the device {name}, but it sees {count} CUDA device(s), numbered from 0 (set by CUDA_VISIBLE_DEVICES).");
        }

        return Tried(new ComputeDevice(new Device(DeviceType.CUDA, index)), name);
    }

    private static int? CudaIndex(string name) => name == CudaName ? 0
        : name.StartsWith($"{CudaName}:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(CudaName.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index
        : null;

    /// <summary>A listed device may still be lost, or too old for the kernels of this libtorch.</summary>
    private static ComputeDevice Tried(ComputeDevice device, string name)
    {
        try
        {
            using var scope = NewDisposeScope();
            float sum = ones(8, device: device.Torch).sum().item<float>();
            return sum == 8 ? device : throw new DeviceException($"The device {name} computed {sum} as the sum of eight ones: the device or its driver is broken.");
        }
        catch (System.Runtime.InteropServices.ExternalException fault)
        {
            throw new DeviceException($"The device {name} is listed but does not compute: {fault.Message.Split('\n', 2)[0].Trim()}", fault);
        }
    }
}
