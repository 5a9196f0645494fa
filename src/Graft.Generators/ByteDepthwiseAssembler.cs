using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>Outputs of one row of a 3x3 depthwise convolution of bytes, in machine code. A pixel of a channel is four bytes: of the row above the last three, and of these, so that three products of four give an output.</summary>
/// <param name="outputs">The outputs of a tile.</param>
/// <param name="stride">The step between windows, in pixels.</param>
/// <param name="vectors">The vectors of 16 channels, 1 or 2.</param>
/// <param name="end">What becomes of the sums.</param>
internal sealed class ByteDepthwiseAssembler(int outputs, int stride, int vectors, ByteEnd end)
{
    private const int VectorBytes = 64, Taps = 3;

    private static AssemblerRegister64 X => rdi;

    private static AssemblerRegister64 W => rsi;

    private static AssemblerRegister64 Count => rbx;

    private static AssemblerRegister64[] Saved => [rbx, rsi, rdi];

    /// <summary>The code.</summary>
    /// <param name="isWindows">Whether it is called as on Windows.</param>
    public byte[] Assemble(bool isWindows)
    {
        Assembler code = new(64);
        CallFrame frame = new(isWindows, Saved, usesLowVectors: true);
        ByteSums sums = new(outputs, vectors, end, Count);
        frame.Enter(code);
        Label tile = code.CreateLabel();
        code.Label(ref tile);
        sums.Begin(code);
        code.mov(X, CallFrame.Field((int)ByteField.Source));
        code.mov(W, CallFrame.Field((int)ByteField.Weights));
        for (int v = 0; v < vectors; v++) Sum(code, v);
        sums.Finish(code);
        code.add(CallFrame.Field((int)ByteField.Source), outputs * stride * vectors * VectorBytes);
        code.dec(CallFrame.Field((int)ByteField.Tiles));
        code.jnz(tile);
        frame.Leave(code);
        sums.Constants(code);
        return CallFrame.Bytes(code);
    }

    // A pixel is loaded once for all windows that it is in.
    private void Sum(Assembler code, int v)
    {
        for (int tap = 0; tap < Taps; tap++) code.vmovups(ByteSums.Spare(tap), __zmmword_ptr[W + (VectorBytes * ((tap * vectors) + v))]);
        for (int pixel = 0; pixel < ((outputs - 1) * stride) + Taps; pixel++)
        {
            code.vmovups(ByteSums.Spare(Taps), __zmmword_ptr[X + (VectorBytes * ((pixel * vectors) + v))]);
            for (int output = 0; output < outputs; output++)
            {
                int tap = pixel - (output * stride);
                if (tap is >= 0 and < Taps) code.vpdpbusd(ByteSums.Of(output, v, vectors), ByteSums.Spare(Taps), ByteSums.Spare(tap));
            }
        }
    }
}
