using System.Runtime.InteropServices;
using System.Text;

namespace Graft.TorchPeer;

/// <summary>
/// Lets TorchSharp 0.107 load beside a libstdc++ older than GCC 13's. Its native library asks for the version GLIBCXX_3.4.32 without calling
/// anything in it; in this program's own copy that requirement becomes GLIBCXX_3.4.30.
/// </summary>
internal static class NativeLibraries
{
    private const string Asked = "GLIBCXX_3.4.32", Enough = "GLIBCXX_3.4.30";

    /// <summary>Rewrites the copy beside this program where it does not load as it is.</summary>
    public static void MakeLoadable()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        if (!File.Exists(path)) return;
        NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libtorch.so"));
        if (NativeLibrary.TryLoad(path, out _)) return;
        byte[] bytes = File.ReadAllBytes(path);
        if (Replace(bytes, Encoding.ASCII.GetBytes(Asked + "\0"), Encoding.ASCII.GetBytes(Enough + "\0")) == 0) return;
        Replace(bytes, BitConverter.GetBytes(ElfHash(Asked)), BitConverter.GetBytes(ElfHash(Enough)));

        // A new file: the old one may be a link to the package's.
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static int Replace(byte[] bytes, byte[] from, byte[] to)
    {
        int count = 0;
        for (int at = bytes.AsSpan().IndexOf(from); at >= 0; count++)
        {
            to.CopyTo(bytes, at);
            int next = bytes.AsSpan(at + to.Length).IndexOf(from);
            at = next < 0 ? -1 : at + to.Length + next;
        }

        return count;
    }

    // System V ABI, "Symbol Versioning": the hash by which a loader compares version names.
    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}
