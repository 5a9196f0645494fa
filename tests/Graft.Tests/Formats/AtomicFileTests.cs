using System.Diagnostics;
using System.Net.Sockets;
using Graft.Formats;
using Microsoft.Win32.SafeHandles;

namespace Graft.Tests.Formats;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-atomic").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Target => Path.Combine(folder, "model.graft");

    [Fact]
    public void WritesAndReplaces()
    {
        AtomicFile.Write(Target, stream => stream.Write([1, 2, 3]));
        AtomicFile.Write(Target, stream => stream.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        File.WriteAllBytes(Target, [7]);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        Assert.Equal([7], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));
    }

    [Fact]
    public void RemovesWhatAKilledProcessLeftButNothingYoungOrLockedOrOfAnotherName()
    {
        string abandoned = Leave(".model.graft.1.graft-tmp", TimeSpan.FromHours(1));
        string young = Leave(".model.graft.2.graft-tmp", TimeSpan.Zero);
        string locked = Leave(".model.graft.3.graft-tmp", TimeSpan.FromHours(1));
        string other = Leave(".other.graft.4.graft-tmp", TimeSpan.FromHours(1));
        using (new FileStream(locked, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            AtomicFile.Write(Target, stream => stream.Write([1]));
        Assert.Equal(new[] { young, locked, other, Target }.Order(), Directory.GetFiles(folder).Order());
        Assert.False(File.Exists(abandoned));
    }

    [Fact]
    public void WhatTheDiskRefusesLeavesTheOldFile()
    {
        File.WriteAllBytes(Target, [7]);
        IOException error = Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream => stream.Write([1]), new Disk(folder, file: "Input/output error")));
        Assert.Equal($"'{Target}' could not be brought to the disk: Input/output error. Free or check the disk and try again.", error.Message);
        Assert.Equal([7], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));

        error = Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream => stream.Write([1]), new Disk(folder, folder: "No space left on device")));
        Assert.Equal($"'{Target}' was written, but its name could not be brought to the disk: No space left on device. Check the disk and try again.", error.Message);
    }

    [Fact]
    public void BytesThenTheNameAreBroughtToTheDisk()
    {
        Disk disk = new(folder);
        AtomicFile.Write(Target, stream => stream.Write(new byte[5]), disk);
        Assert.Equal(["5 bytes beside ''", "folder of 'model.graft'"], disk.Calls);
    }

    [Fact]
    public void ALinkStaysAndItsTargetIsReplaced()
    {
        Directory.CreateDirectory(Path.Combine(folder, "far"));
        string far = Path.Combine(folder, "far", "real.graft"), second = Path.Combine(folder, "second");
        File.WriteAllBytes(far, [7]);
        File.CreateSymbolicLink(Target, second);
        File.CreateSymbolicLink(second, Path.Combine("far", "real.graft"));
        AtomicFile.Write(Target, stream => stream.Write([1, 2]));
        Assert.Equal([1, 2], File.ReadAllBytes(far));
        Assert.Equal((second, Path.Combine("far", "real.graft")), (new FileInfo(Target).LinkTarget, new FileInfo(second).LinkTarget));

        // What a link leads to need not be there yet.
        File.Delete(far);
        AtomicFile.Write(Target, stream => stream.Write([3]));
        Assert.Equal([3], File.ReadAllBytes(far));
    }

    [Fact]
    public void ALinkInACircleIsRefused()
    {
        File.CreateSymbolicLink(Target, Target);
        string expected = $"'{Target}' is a link that leads in a circle or nowhere. Name a file, or mend the link.";
        Assert.Equal(expected, Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream => stream.Write([1]))).Message);
        Assert.Equal(expected, Assert.Throws<IOException>(() => AtomicFile.RequireWritable(Target)).Message);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)]
    public void AFileKeepsItsRightsFromTheFirstByteOn(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has rights of another kind.");
            return;
        }

        File.WriteAllBytes(Target, [7]);
        File.SetUnixFileMode(Target, mode);
        AtomicFile.Write(Target, stream =>
        {
            stream.Write([1]);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(((FileStream)stream).Name) & ~mode);
        });
        Assert.Equal([1], File.ReadAllBytes(Target));
        Assert.Equal(mode, File.GetUnixFileMode(Target));
    }

    [Fact]
    public async Task DevicesAndPipesAreWrittenThrough()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        AtomicFile.RequireWritable("/dev/null");
        AtomicFile.Write("/dev/null", stream => stream.Write([1]));
        Assert.Equal((true, 0), (File.Exists("/dev/null"), new FileInfo("/dev/null").Length));
        Assert.StartsWith("No space left on device", Assert.Throws<IOException>(() => AtomicFile.Write("/dev/full", stream => stream.Write([1]))).Message);

        using (Process make = Process.Start("mkfifo", [Target])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        AtomicFile.RequireWritable(Target);
        Task<byte[]> read = Task.Run(() => File.ReadAllBytes(Target));

        // A writer that must go back, as safetensors' does, can.
        AtomicFile.Write(Target, stream =>
        {
            stream.Write([0, 2, 3]);
            stream.Position = 0;
            stream.WriteByte(1);
        });
        Assert.Equal([1, 2, 3], await read);
    }

    [Fact]
    public void FoldersAndSocketsAreRefused()
    {
        Assert.Equal($"'{folder}' is a folder, not a file. Name a file in it.", Assert.Throws<IOException>(() => AtomicFile.Write(folder, stream => stream.Write([1]))).Message);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Target));
        string expected = $"'{Target}' is neither a file nor a pipe: it is a disk or a socket, and would not hold a file afterwards. Name a file.";
        Assert.Equal(expected, Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream => stream.Write([1]))).Message);
        Assert.Equal(expected, Assert.Throws<IOException>(() => AtomicFile.RequireWritable(Target)).Message);
    }

    [Fact]
    public void AMissingFolderIsKnownBeforeTheWork()
    {
        string missing = Path.Combine(folder, "none");
        Assert.Equal(
            $"There is no folder '{missing}' to write 'a.graft' into. Make it first.", Assert.Throws<IOException>(() => AtomicFile.RequireWritable(Path.Combine(missing, "a.graft"))).Message);
    }

    private string Leave(string name, TimeSpan age)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, [0]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        return path;
    }

    /// <summary>A disk that keeps how it was called, and fails where it is told to.</summary>
    private sealed class Disk(string root, string? file = null, string? folder = null) : DiskFlush
    {
        public List<string> Calls { get; } = [];

        private string Names => string.Join(' ', Directory.GetFiles(root).Select(f => Path.GetFileName(f)!).Where(name => name[0] != '.'));

        protected override string? Flush(SafeFileHandle handle)
        {
            Calls.Add($"{RandomAccess.GetLength(handle)} bytes beside '{Names}'");
            return file;
        }

        protected override string? FlushFolder(string path)
        {
            Calls.Add($"folder of '{Names}'");
            return folder;
        }
    }
}
