// A management library with two devices, for tests/bench/telemetry.c: the functions of NVML that
// are asked for, with answers that the test can know.  Each reading of a clock is 15 MHz lower.
//
// FAKE_NVML_BROKEN set: it does not begin.  FAKE_NVML_MUTE set: it has no power and no energy.

#include <stdlib.h>
#include <string.h>

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetHandleByPciBusId_v2(const char *pci, void **device);
int nvmlDeviceGetClockInfo(void *device, int type, unsigned *mhz);
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees);
int nvmlDeviceGetPowerUsage(void *device, unsigned *mw);
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj);
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons);

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6 };

static int begun;
static int devices[2];
static unsigned clock_mhz = 1980, readings;
static unsigned long long energy_mj = 1000000;

int nvmlInit_v2(void)
{
    if (getenv("FAKE_NVML_BROKEN"))
        return NOT_SUPPORTED;
    begun++;
    return SUCCESS;
}

int nvmlShutdown(void)
{
    return begun-- > 0 ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = 2;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &devices[index % 2];
    return index < 2 ? SUCCESS : INVALID;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *pci, void **device)
{
    *device = &devices[1];
    return strcmp(pci, "0000:65:00.0") ? NOT_FOUND : SUCCESS;
}

static int ask(const void *device)
{
    return !begun ? UNINITIALIZED : device == &devices[1] ? SUCCESS : INVALID;
}

int nvmlDeviceGetClockInfo(void *device, int type, unsigned *mhz)
{
    *mhz = clock_mhz -= 15;
    return type == 1 ? ask(device) : NOT_SUPPORTED;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees)
{
    *degrees = 67;
    return sensor == 0 ? ask(device) : NOT_SUPPORTED;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *mw)
{
    *mw = 412500;
    return getenv("FAKE_NVML_MUTE") ? NOT_SUPPORTED : ask(device);
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj)
{
    *mj = energy_mj += 2500;
    return getenv("FAKE_NVML_MUTE") ? NOT_SUPPORTED : ask(device);
}

// Idle while it is opened, then once capped by power, then clocks as applications set them.
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons)
{
    static const unsigned long long said[] = { 0x1, 0x4, 0x2 };
    *reasons = said[readings < 2 ? readings : 2];
    readings++;
    return ask(device);
}
