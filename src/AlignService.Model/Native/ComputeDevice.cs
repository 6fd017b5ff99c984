using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>The device on which the models of a run live and compute. A run has one.</summary>
/// <param name="Torch">As libtorch calls it.</param>
public sealed record ComputeDevice(Device Torch)
{
    private const string CpuName = "cpu";
    private const string CudaName = "cuda";

    public static ComputeDevice Cpu { get; } = new(CPU);

    /// <summary>The device of a name, once it has shown that it computes: a worker that was given a GPU must not train on the CPU instead.</summary>
    /// <param name="name">cpu, cuda (the first that this process sees) or cuda:N.</param>
    /// <exception cref="DeviceException">There is no such device, or it does not work.</exception>
    public static ComputeDevice Open(string name)
    {
        if (name == CpuName)
        {
            return Cpu;
        }

        int index = CudaIndex(name) ?? throw new DeviceException($"The device is \"{name}\"; known are {CpuName}, {CudaName} and {CudaName}:N.");
        if (!cuda.is_available())
        {
            throw new DeviceException(
                $"This worker was given the device {name}, but its libtorch has no working CUDA: the program was built without it (-p:TorchBackend=cuda builds it with), "
                + $"or the driver does not answer (nvidia-smi shows). Nothing was trained; --device {CpuName} would train on the CPU.");
        }

        int count = cuda.device_count();
        if (index >= count)
        {
            throw new DeviceException($"This worker was given the device {name}, but it sees {count} CUDA device(s), numbered from 0 (CUDA_VISIBLE_DEVICES says which).");
        }

        return Tried(new ComputeDevice(new Device(DeviceType.CUDA, index)), name);
    }

    private static int? CudaIndex(string name) => name == CudaName ? 0
        : name.StartsWith($"{CudaName}:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(CudaName.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index
        : null;

    /// <summary>A device that is listed may still be lost, or too old for the kernels of this libtorch.</summary>
    private static ComputeDevice Tried(ComputeDevice device, string name)
    {
        try
        {
            using var scope = NewDisposeScope();
            float sum = ones(8, device: device.Torch).sum().item<float>();
            return sum == 8 ? device : throw new DeviceException($"The device {name} adds eight ones to {sum}: it is broken, or its driver is.");
        }
        catch (System.Runtime.InteropServices.ExternalException fault)
        {
            throw new DeviceException($"The device {name} is listed but does not compute: {fault.Message.Split('\n', 2)[0].Trim()}", fault);
        }
    }
}
