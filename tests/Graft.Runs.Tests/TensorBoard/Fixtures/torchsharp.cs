// Made torchsharp.tfevents with TorchSharp 0.107.0's own event writer: dotnet run torchsharp.cs
// Its CRC-32C is the only part that is native (crc32c_append of LibTorchSharp); a shared library with the textbook bitwise loop
// (polynomial 0x82F63B78) stood in for the 600 MB of libtorch.
#:package TorchSharp@0.107.0
using System.Reflection;

Directory.CreateDirectory("out");
Type type = typeof(TorchSharp.torch).Assembly.GetTypes().First(t => t.Name == "SummaryWriter" && !t.IsAbstract);
dynamic writer = Activator.CreateInstance(type, BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance, null, ["out", ""], null)!;
writer.add_scalar("epoch/val_top1", 0.75f, 3, 1800000000L);
writer.add_scalar("step/loss", 1.5f, 4, 1800000001L);
writer.add_text("config", "a **b** Blüte", 0, 1800000000L);
