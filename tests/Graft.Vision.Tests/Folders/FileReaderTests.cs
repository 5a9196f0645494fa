using System.Diagnostics;
using Graft.Vision.Decoding;

namespace Graft.Vision.Tests.Folders;

public class FileReaderTests
{
    [Theory]
    [InlineData("/dev/zero", "a pipe or a device, not a file")]
    [InlineData("/dev/null", "a pipe or a device, not a file")]
    [InlineData("/proc/self/status", "a file that the system makes, not an image")]
    [InlineData("/proc/kmsg", "a file that the system makes, not an image")]
    public void WhatIsNoFileIsCalledWhatItIs(string path, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(path), "Only Linux has them all.");
        string said = Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(path)).Message;
        if (said != "no permission") Assert.Equal(reason, said);
    }

    [Fact]
    public async Task APipeIsNotWaitedFor()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such pipes.");
        using TemporaryFolder folder = new();
        using (Process made = Process.Start("mkfifo", [folder["a.jpg"]])) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("a pipe or a device, not a file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder["a.jpg"])).Message);
        File.CreateSymbolicLink(folder["b.jpg"], folder["a.jpg"]);
        Assert.Equal("a pipe or a device, not a file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder["b.jpg"])).Message);
    }

    [Fact]
    public void ANameThatIsNoneIsSaid() => Assert.Equal("no such file: there is a zero byte in its name", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile("a\0b.jpg")).Message);
}
