using AlignService.Model.Native;
using AlignService.Testing;
using TorchSharp;

namespace AlignService.Training.Tests.Devices;

/// <summary>The device that stands for a GPU in tests.</summary>
internal static class LazyDevice
{
    /// <summary>Tests on it run one after the other: what one makes it run is all that is recorded.</summary>
    public const string Collection = "lazy device";

    public static ComputeDevice Open()
    {
        LazyBackend.Start();
        return new ComputeDevice(new torch.Device((DeviceType)LazyBackend.DeviceType, 0));
    }
}
