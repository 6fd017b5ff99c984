using System.Reflection;
using System.Runtime.CompilerServices;
using AlignService.Model.Native;
using AlignService.Model.Tests;
using Xunit.v3;

[assembly: PreparedThread]

namespace AlignService.Model.Tests;

/// <summary>Test processes share the cores: libtorch's threads must not wait in loops.</summary>
internal static class TorchSetUp
{
    // CA2255 is about libraries; this is a program.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize() => TorchRuntime.Initialize(new TorchRuntimeOptions { KeepFreedMemory = false });
}

/// <summary>Each test's own thread is prepared too: it may call libtorch past everything that would.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class PreparedThreadAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => TorchSetUp.Initialize();
}
