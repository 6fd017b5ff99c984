using TorchSharp;
using Xunit;

namespace AlignService.Model.Tests;

public sealed class NativeLoadTests
{
    [Fact]
    public void Torch_OnThisMachine_LoadsAndAdds()
    {
        using torch.Tensor ones = torch.ones(3);
        using torch.Tensor sum = ones.sum();
        Assert.Equal(3f, sum.item<float>());
    }
}
